"use strict";
const holders = [...document.querySelectorAll("[data-figure]")];
for (const holder of holders) {
  const { data, layout } = JSON.parse(document.getElementById(holder.dataset.figure).textContent);
  Plotly.newPlot(holder, data, layout, { responsive: true, displaylogo: false });
}
// Paper is narrower than most windows.
addEventListener("beforeprint", () => holders.forEach((h) => Plotly.relayout(h, { width: 660 })));
addEventListener("afterprint", () =>
  holders.forEach((h) => Plotly.relayout(h, { width: null, autosize: true })));

const key = (row, column) => {
  const cell = row.cells[column];
  return "key" in cell.dataset ? Number(cell.dataset.key) : cell.textContent;
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const [x, y] = [key(a, column), key(b, column)];
      return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
    });
    table.tBodies[0].append(...rows);
  }));
}
