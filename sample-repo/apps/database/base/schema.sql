CREATE TABLE products (
    id integer PRIMARY KEY,
    name text NOT NULL,
    cents integer NOT NULL CHECK (cents > 0),
    stock integer NOT NULL CHECK (stock >= 0)
);

CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    born date,
    profile jsonb
);

CREATE TABLE cards (
    id integer PRIMARY KEY,
    customer integer NOT NULL REFERENCES customers,
    number text NOT NULL UNIQUE,
    expires date NOT NULL
);

CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer integer NOT NULL REFERENCES customers,
    product integer NOT NULL REFERENCES products,
    cents integer NOT NULL,
    note text
);

INSERT INTO products VALUES
    (1, 'Half rope 60 m, 8.1 mm', 14900, 23),
    (2, 'Belay device with assisted braking', 8990, 41),
    (3, 'Screw-gate carabiner', 1290, 310),
    (4, 'Helmet, white', 6490, 18),
    (5, 'Alpine harness', 7990, 27),
    (6, 'Set of nuts, 1 to 10', 10900, 12);
