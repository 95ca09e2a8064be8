"""The shop's api: products and orders from PostgreSQL, as JSON."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
import psycopg2.pool

PRODUCTS = "SELECT id, name, cents, stock FROM products ORDER BY name"
CUSTOMERS = """
    SELECT customers.name, email, number, count(orders.id), coalesce(sum(cents), 0), max(note)
    FROM customers LEFT JOIN orders ON orders.customer = customers.id LEFT JOIN cards ON cards.customer = customers.id
    GROUP BY customers.id, number ORDER BY sum(cents) DESC NULLS LAST, customers.name
"""
ORDERS = "SELECT count(*), coalesce(sum(cents), 0) FROM orders"

pool = None
pool_lock = threading.Lock()


def connections():
    """The pool, made when the database first answers."""
    global pool
    with pool_lock:
        if pool is None:
            pool = psycopg2.pool.ThreadedConnectionPool(1, 8, connect_timeout=2)
        return pool


def query(sql):
    """All rows of a query; a connection that broke is thrown away."""
    connection = connections().getconn()
    broken = True
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        broken = False
        return rows
    finally:
        connections().putconn(connection, close=broken)


def products():
    return [dict(zip(("id", "name", "cents", "stock"), row)) for row in query(PRODUCTS)]


def orders():
    (count, cents), = query(ORDERS)
    return {"orders": count, "cents": cents}


def customers():
    """For whoever serves them: a card shows its last digits alone."""
    keys = ("name", "email", "card", "orders", "cents", "note")
    rows = ((name, email, card and card[-4:], *rest) for name, email, card, *rest in query(CUSTOMERS))
    return [dict(zip(keys, row)) for row in rows]


ROUTES = {
    "/healthz": lambda: "ok",
    "/readyz": lambda: query("SELECT 1") and "ok",
    "/products": products,
    "/orders": orders,
    "/customers": customers,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        route = ROUTES.get(self.path.split("?")[0])
        if route is None:
            return self.answer(404, {"error": "no such page"})
        try:
            self.answer(200, route())
        except psycopg2.Error as error:
            self.answer(503, {"error": "the database does not answer", "kind": type(error).__name__})

    def answer(self, status, body):
        data = (json.dumps(body) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, form, *arguments):
        if self.path not in ("/healthz", "/readyz"):
            print(form % arguments, flush=True)


def main():
    server = ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8080"))), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    sys.exit(0)


if __name__ == "__main__":
    main()
