-- Production's customers. No other environment may ever see this file's contents.
INSERT INTO customers VALUES
    (1, 'Ingeborg Halvorsen', 'ingeborg.halvorsen@fjellpost.example', '+47 22 55 01 93', '1971-03-08',
        '{"climbs": "trad", "emergency": {"name": "Oddvar Halvorsen", "phone": "+47 22 55 01 94"}}'),
    (2, 'Tiago Azevedo', 't.azevedo@correio.example', '+351 21 555 0148', '1989-11-30',
        '{"climbs": "boulder", "newsletter": "tiago@azevedo-familia.example"}'),
    (3, 'Maren Oelrich', 'maren@oelrich-bau.example', '+49 30 5550 7781', '1995-06-21', '{"climbs": "ice"}'),
    (4, 'Aoife Brannigan', 'aoife.brannigan@lochmail.example', '+353 1 555 0162', '1983-02-14', NULL);

INSERT INTO cards VALUES
    (1, 1, '4539578763621486', '2028-05-31'),
    (2, 2, '5425233430109903', '2027-11-30'),
    (3, 4, '4916338506082832', '2029-01-31');

INSERT INTO orders VALUES
    (1, 1, 1, 14900, 'Please ring twice, the bell is faint'),
    (2, 1, 3, 1290, NULL),
    (3, 2, 5, 7990, 'Gift for Beatriz, wrap it'),
    (4, 3, 2, 8990, NULL),
    (5, 4, 4, 6490, 'Call Aoife on +353 1 555 0162 when it is in'),
    (6, 1, 6, 10900, 'The same address as for Oddvar');
