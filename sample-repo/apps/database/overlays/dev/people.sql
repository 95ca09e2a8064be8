-- People made up for testing.
INSERT INTO customers VALUES
    (1, 'Test Person One', 'one@test.example', '+1 555 0100', '1990-01-01'),
    (2, 'Test Person Two', 'two@test.example', '+1 555 0101', '1990-01-02');

INSERT INTO orders VALUES
    (1, 1, 1, 14900, NULL),
    (2, 2, 2, 8990, 'A note');
