"use strict";
const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (text) => { byId("said").textContent = text; };

// Theme: as the system has it, until the button is pressed; kept for the next visit where it can be.
{
  const root = document.documentElement;
  const button = byId("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  try { root.dataset.theme = localStorage.getItem("clirbench-theme") || ""; } catch { /* not kept */ }
  button.setAttribute("aria-label", "Switch between light and dark");
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("clirbench-theme", root.dataset.theme); } catch { /* not kept */ }
    name();
  });
  dark.addEventListener("change", name);
  name();
}

// Measures: each has its own table and charts, of which one set is shown.
const shownMeasure = { value: 0, changed: [] };
if (byId("measure")) {
  byId("measure").addEventListener("change", (event) => {
    shownMeasure.value = Number(event.target.value);
    for (const part of all("[data-measure]")) {
      part.hidden = Number(part.dataset.measure) !== shownMeasure.value;
    }
    for (const tell of shownMeasure.changed) tell();
    say(`Tables and charts show ${event.target.selectedOptions[0].textContent}.`);
  });
}

// The table: sorted by the buttons in its heads, filtered by method and by group of columns.
for (const table of all("table.scores")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const heads = all("th[data-column]", table);
  for (const head of heads) {
    const column = Number(head.dataset.column);
    const button = head.querySelector("button");
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      // Scores are read from the best down, names from A on; the third press undoes.
      const order = column === 0 ? ["ascending", "descending"] : ["descending", "ascending"];
      const next = before === null ? order[0] : before === order[0] ? order[1] : null;
      for (const other of heads) other.removeAttribute("aria-sort");
      let rows = original;
      if (next) {
        head.setAttribute("aria-sort", next);
        const way = next === "ascending" ? 1 : -1;
        const key = (row) => (column === 0 ? row.dataset.method : row.cells[column].dataset.value);
        rows = original.filter((row) => key(row) !== undefined).sort((a, b) => way * (
          column === 0 ? key(a).localeCompare(key(b)) : Number(key(a)) - Number(key(b))));
        rows = rows.concat(original.filter((row) => key(row) === undefined));
      }
      body.append(...rows);
      say(next ? `Sorted by ${button.textContent}, ${next}.` : "In the suite's order.");
    });
  }
}
for (const option of all("option[data-language]")) {
  try {
    const name = new Intl.DisplayNames(["en"], { type: "language" }).of(option.value);
    if (name && name !== option.value) option.textContent = `${name} (${option.value})`;
  } catch { /* not a code that is known */ }
}
{
  const words = byId("method-filter");
  const group = byId("column-filter");
  const cards = all("[data-suite]");
  const filter = () => {
    const wanted = words.value.trim().toLowerCase().split(/[\s,]+/).filter(Boolean);
    const named = (part) => {
      const name = part.dataset.method.toLowerCase();
      return wanted.length === 0 || wanted.some((word) => name.includes(word));
    };
    const grouped = (part) => group.value === "" || part.dataset.group.split(" ").includes(group.value);
    let counted = cards;
    for (const table of all("table.scores")) {
      for (const cell of all("[data-group]", table)) cell.hidden = !grouped(cell);
      for (const row of table.tBodies[0].rows) {
        const empty = cards.length > 0 && ![...row.cells].some((cell) => !cell.hidden && cell.dataset.value);
        row.hidden = empty || !named(row);
      }
      if (cards.length === 0) counted = [...table.tBodies[0].rows];
    }
    for (const card of cards) card.hidden = !(named(card) && grouped(card));
    const shown = counted.filter((part) => !part.hidden).length;
    byId("filter-count").textContent = `${shown} of ${counted.length} ${cards.length === 0 ? "methods" : "suites"}`;
  };
  words.addEventListener("input", filter);
  group.addEventListener("change", filter);
  byId("score-controls").addEventListener("submit", (event) => event.preventDefault());
  byId("details-toggle").addEventListener("change", (event) => {
    byId("scores").classList.toggle("detailed", event.target.checked);
  });
  byId("score-controls").hidden = false;
  filter();
}

// Tables that are wider than their place: the edge fades, and a button shows the rest.
for (const place of all("#scores .scroll")) {
  const table = place.querySelector("table");
  const onward = document.createElement("p");
  const button = document.createElement("button");
  onward.className = "onward";
  button.type = "button";
  onward.append(button);
  place.before(onward);
  const rest = () => place.scrollWidth - place.clientWidth - place.scrollLeft;
  const tell = () => {
    const wide = place.scrollWidth > place.clientWidth + 2;
    onward.hidden = !wide;
    place.classList.toggle("goes-on", wide && rest() > 2);
    const hidden = all("thead th.of-mean", table).some((head) => !head.hidden);
    button.textContent = rest() > 2 ? `More columns${hidden ? " and the means" : ""} →` : "← Back to the first columns";
  };
  button.addEventListener("click", () => {
    place.scrollTo({ left: rest() > 2 ? place.scrollWidth : 0 });
  });
  place.addEventListener("scroll", tell, { passive: true });
  if (window.ResizeObserver) {
    const watch = new ResizeObserver(tell);
    watch.observe(place);
    watch.observe(table);
  }
  tell();
}

// Line charts: the point nearest to the pointer is read out below the chart.
for (const chart of all("svg.chart")) {
  const lines = all("polyline[data-name]", chart).map((line) => ({
    line,
    places: line.getAttribute("points").split(" ").map((point) => point.split(",").map(Number)),
    values: line.dataset.values.split(" "),
    steps: line.dataset.steps.split(" "),
  }));
  const readout = document.createElement("p");
  const usual = "Point at a line to read it.";
  readout.className = "readout";
  readout.textContent = usual;
  chart.after(readout);
  const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  ring.setAttribute("r", 4);
  ring.setAttribute("class", "ring");
  ring.setAttribute("visibility", "hidden");
  chart.append(ring);
  const read = (event) => {
    const box = chart.getBoundingClientRect();
    const scale = chart.viewBox.baseVal.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let best = null;
    for (const one of lines) {
      one.places.forEach(([px, py], i) => {
        const far = (px - x) ** 2 + (py - y) ** 2;
        if (!best || far < best.far) best = { far, one, i, px, py };
      });
    }
    if (!best) return;
    for (const one of lines) one.line.classList.toggle("near", one === best.one);
    chart.classList.add("read");
    ring.setAttribute("cx", best.px);
    ring.setAttribute("cy", best.py);
    ring.setAttribute("visibility", "visible");
    readout.textContent = `${best.one.line.dataset.name}: ${best.one.values[best.i]} at ${best.one.steps[best.i]} ${chart.dataset.across}`;
  };
  chart.addEventListener("pointermove", read);
  chart.addEventListener("pointerdown", read);
  chart.addEventListener("pointerleave", () => {
    chart.classList.remove("read");
    ring.setAttribute("visibility", "hidden");
    readout.textContent = usual;
  });
}

// Topic by topic: two methods against each other.
if (byId("topic-data")) {
  const data = JSON.parse(byId("topic-data").textContent);
  const CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const plot = byId("scatter");
  const [LEFT, TOP, SIDE] = [46, 12, 362];
  const pick = ["pair", "first", "second"].map((name) => byId(`topic-${name}`));
  let points = [];
  let chosen = -1;
  const decode = (text) => {
    const places = [];
    for (let i = 0; i < text.length; i += 2) {
      places.push(64 * CODE.indexOf(text[i]) + CODE.indexOf(text[i + 1]));
    }
    return places;
  };
  const number = (places, sign = false) => {
    const text = (Math.abs(places) / 1000).toFixed(3);
    const bare = Math.abs(places) < 1000 ? text.slice(1) : text;
    return (places < 0 ? "−" : sign && places > 0 ? "+" : "") + bare;
  };
  const mark = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const part = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const quiet = (text) => byId("scatter-card").replaceChildren(part("p", text, { class: "quiet" }));

  const draw = () => {
    const [pair, first, second] = pick.map((one) => Number(one.value));
    const own = data.pairs[pair];
    const measure = data.measures[shownMeasure.value];
    const [firstName, secondName] = [data.methods[first], data.methods[second]];
    plot.replaceChildren();
    points = [];
    chosen = -1;
    if (!measure) {
      byId("scatter-name").textContent = "Scores of two methods by topic";
      quiet("This measure's scores by topic are not on this page, to keep it small; those of the first measures are.");
      return;
    }
    const coded = [first, second].map((method) => own.scores[shownMeasure.value][method]);
    if (!coded[0] || !coded[1]) {
      const name = coded[0] ? secondName : firstName;
      byId("scatter-name").textContent = `${measure[0]} by topic, ${own.name}`;
      quiet(`${name} has no scores on ${own.name}.`);
      return;
    }
    const [vertical, horizontal] = coded.map(decode);
    const most = Math.max(1000, ...vertical, ...horizontal);
    const x = (value) => LEFT + (SIDE * value) / most;
    const y = (value) => TOP + SIDE - (SIDE * value) / most;
    const below = TOP + SIDE;
    for (let tick = 0; tick <= most; tick += most / 5) {
      plot.append(
        mark("line", { x1: x(tick), x2: x(tick), y1: TOP, y2: below, class: "grid" }),
        mark("line", { x1: LEFT, x2: LEFT + SIDE, y1: y(tick), y2: y(tick), class: "grid" }),
        mark("text", { x: x(tick), y: below + 16, "text-anchor": "middle" }, (tick / 1000).toFixed(1)),
        mark("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, (tick / 1000).toFixed(1)));
    }
    plot.append(
      mark("rect", { x: LEFT, y: TOP, width: SIDE, height: SIDE, class: "frame" }),
      mark("line", { x1: x(0), y1: y(0), x2: x(most), y2: y(most), class: "diagonal" }),
      mark("text", { x: LEFT + SIDE / 2, y: below + 34, "text-anchor": "middle", class: "label" }, secondName),
      mark("text", { transform: `translate(12 ${TOP + SIDE / 2}) rotate(-90)`, "text-anchor": "middle", class: "label" }, firstName));
    const tally = [0, 0, 0];
    points = vertical.map((value, index) => {
      const difference = value - horizontal[index];
      tally[1 - Math.sign(difference)] += 1;
      return { index, x: x(horizontal[index]), y: y(value), difference, scores: [value, horizontal[index]] };
    }).sort((a, b) => b.difference - a.difference);
    const dots = points.map((point) => mark("circle", {
      cx: point.x.toFixed(1), cy: point.y.toFixed(1), r: 4,
      class: `point ${point.difference > 0 ? "first" : point.difference < 0 ? "second" : ""}`,
    }));
    plot.append(...dots, mark("circle", { r: 7, class: "chosen", visibility: "hidden" }));
    byId("scatter-name").textContent = `${measure[0]} by topic, ${own.name}: of ${points.length.toLocaleString("en")} topics `
      + `${firstName} is ahead on ${tally[0]}, ${secondName} on ${tally[2]}, and ${tally[1]} ${tally[1] === 1 ? "is" : "are"} tied at three decimals.`;
    quiet("No topic chosen.");
  };

  const choose = (place) => {
    if (!points.length || place === chosen) return;
    chosen = Math.max(0, Math.min(points.length - 1, place));
    const point = points[chosen];
    const own = data.pairs[Number(pick[0].value)];
    const topic = data.topics[own.topics][point.index];
    const text = own.texts && own.texts[point.index];
    const translations = data.translations[own.topics];
    const translation = translations && translations[point.index];
    const ring = plot.querySelector(".chosen");
    ring.setAttribute("cx", point.x);
    ring.setAttribute("cy", point.y);
    ring.setAttribute("visibility", "visible");
    const card = byId("scatter-card");
    card.replaceChildren();
    if (text) card.append(part("p", text, { class: "foreign", lang: own.language, dir: "auto" }));
    if (translation && translation !== text) card.append(part("p", translation, { class: "translation" }));
    card.append(part("p", topic, { class: "id" }));
    const list = document.createElement("dl");
    [pick[1], pick[2]].forEach((select, i) => list.append(
      part("dt", select.selectedOptions[0].textContent),
      part("dd", number(point.scores[i]), { class: "number" })));
    list.append(part("dt", "difference"), part("dd", number(point.difference, true), { class: "number" }));
    card.append(list);
  };

  plot.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step) choose(chosen < 0 ? 0 : chosen + step);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(points.length - 1);
    else return;
    event.preventDefault();
  });
  const nearest = (event) => {
    const box = plot.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top].map((place) => (place * 420) / box.width);
    let best = -1;
    let least = 20 ** 2;
    points.forEach((point, place) => {
      const far = (point.x - at[0]) ** 2 + (point.y - at[1]) ** 2;
      if (far < least) { least = far; best = place; }
    });
    if (best >= 0) choose(best);
  };
  plot.addEventListener("pointermove", nearest);
  plot.addEventListener("pointerdown", nearest);
  for (const select of pick) select.addEventListener("change", draw);
  shownMeasure.changed.push(draw);
  draw();
}

// Wins and losses: one language pair at a time.
if (byId("example-pair")) {
  const show = () => {
    for (const part of all("[data-example]")) part.hidden = part.dataset.example !== byId("example-pair").value;
  };
  byId("example-pair").addEventListener("change", show);
  byId("example-controls").hidden = false;
  show();
}
