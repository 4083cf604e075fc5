"use strict";
// Material for MkDocs loads pages in place; document$ says when one has come.
document$.subscribe(() => {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap, p:has(> img[src$='.svg'])")) {
    wide.tabIndex = 0; // what scrolls is reached by the keyboard
  }
  narrowed(document.querySelector(".md-content article"));
});

/** Puts a box on top of a long page, which hides what does not have the words that are typed. */
function narrowed(article) {
  const folded = [...(article?.querySelectorAll("details.keys") ?? [])];
  const long = folded.length > 4 || article?.querySelectorAll("h2").length > 14;
  if (!long || article.querySelector(".narrow")) return;
  const box = document.createElement("input");
  box.type = "search";
  box.className = "narrow";
  box.placeholder = "Show only what has these words, such as temperature";
  box.setAttribute("aria-label", "Show only sections that have these words");
  article.querySelector("h1").after(box);
  const sections = [[]];
  for (const one of [...article.children]) {
    if (one.matches("h2, h3")) sections.push([]);
    if (one !== box && !one.matches("h1")) sections.at(-1).push(one);
  }
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = one => words.every(word => one.textContent.toLowerCase().includes(word));
    for (const section of sections) {
      const text = { textContent: section.map(one => one.textContent).join(" ") };
      section.forEach(one => { one.hidden = !has(text); });
    }
    for (const one of folded) {
      const rows = [...one.querySelectorAll("tbody tr")];
      const found = rows.filter(has);
      for (const row of rows) row.hidden = words.length > 0 && found.length > 0 && !found.includes(row);
      one.open = words.length > 0 && found.length > 0;
    }
  });
}
