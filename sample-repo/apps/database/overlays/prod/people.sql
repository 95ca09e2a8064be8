-- Production's customers. No other environment may ever see this file's contents.
INSERT INTO customers VALUES
    (1, 'Ingeborg Halvorsen', 'ingeborg.halvorsen@fjellpost.example', '+47 22 55 01 93', '1971-03-08'),
    (2, 'Tiago Azevedo', 't.azevedo@correio.example', '+351 21 555 0148', '1989-11-30'),
    (3, 'Maren Oelrich', 'maren@oelrich-bau.example', '+49 30 5550 7781', '1995-06-21');

INSERT INTO orders VALUES
    (1, 1, 1, 14900, 'Please ring twice, the bell is faint'),
    (2, 1, 3, 1290, NULL),
    (3, 2, 5, 7990, 'Gift for Beatriz, wrap it'),
    (4, 3, 2, 8990, NULL);
