"use strict";
(() => {
  const all = (where, what) => [...where.querySelectorAll(what)];
  const cards = all(document, "article");
  const groups = all(document, ".group");
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const sheet = document.getElementById("sheet");
  const large = document.getElementById("large");
  const stage = large.querySelector(".stage");

  // The pictures wait as text, and become pictures only near the window.
  const put = (image) => {
    const packed = document.getElementById(image.dataset.from);
    if (packed && !image.hasAttribute("src")) image.src = "data:image/webp;base64," + packed.textContent;
  };
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      for (const image of all(entry.target, "img")) {
        if (entry.isIntersecting) put(image);
        else image.removeAttribute("src");
      }
    }
  }, { rootMargin: "600px" });
  for (const pair of all(document, "main .pair")) near.observe(pair);

  document.addEventListener("input", (event) => {
    if (event.target.type === "range") {
      event.target.closest(".pair").style.setProperty("--at", event.target.value + "%");
    }
  });

  const tell = () => {
    const shown = cards.filter((card) => !card.hidden).length;
    count.textContent = shown === cards.length ? `${shown} pictures` : `${shown} of ${cards.length} pictures`;
  };
  const said = (card) => all(card, ".prompt, .title, .facts").map((part) => part.textContent).join(" ").toLowerCase();
  const words = new Map(cards.map((card) => [card, said(card)]));
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of cards) card.hidden = !wanted.every((word) => words.get(card).includes(word));
    for (const group of groups) group.hidden = all(group, "article").every((card) => card.hidden);
    tell();
  });
  tell();

  sheet.addEventListener("click", () => {
    const on = document.body.classList.toggle("sheet");
    sheet.setAttribute("aria-pressed", on);
  });

  let current = null;
  const enlarge = (card) => {
    current = card;
    const pair = card.querySelector(".pair").cloneNode(true);
    all(pair, "img").forEach(put);
    stage.replaceChildren(pair);
    large.querySelector(".said").textContent = card.querySelector(".prompt").textContent;
    if (!large.open) large.showModal();
    pair.querySelector("input")?.focus();
  };
  const step = (by) => {
    const shown = cards.filter((card) => !card.hidden);
    enlarge(shown[(shown.indexOf(current) + by + shown.length) % shown.length]);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".larger")) enlarge(button.closest("article"));
    else if (button.matches(".previous")) step(-1);
    else if (button.matches(".next")) step(1);
    else if (button.matches(".close")) large.close();
  });
  document.addEventListener("keydown", (event) => {
    if (large.open && event.key === "n") step(1);
    else if (large.open && event.key === "p") step(-1);
    else if (!large.open && event.key === "Enter" && event.target.type === "range") enlarge(event.target.closest("article"));
    else if (!large.open && event.key === "/" && event.target !== search) { event.preventDefault(); search.focus(); }
  });
  large.addEventListener("close", () => {
    stage.replaceChildren();
    (current.querySelector("input") || current.querySelector(".larger")).focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  });
})();
