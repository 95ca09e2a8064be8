const show = (id, text) => { document.getElementById(id).textContent = text; };

fetch("shop.json").then(reply => reply.json()).then(shop => {
  show("banner", shop.banner);
  show("environment", shop.environment);
  show("version", shop.version);
});

fetch("api/products").then(reply => reply.json()).then(products => {
  document.getElementById("products").replaceChildren(...products.map(product => {
    const card = document.createElement("article");
    const name = document.createElement("b");
    name.textContent = product.name;
    card.append(name, `€ ${(product.cents / 100).toFixed(2)} · ${product.stock} in stock`);
    return card;
  }));
}).catch(() => show("products", "The shelves are being filled. Try again in a moment."));
