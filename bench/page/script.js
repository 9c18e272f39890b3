"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);

  // Light and dark: the system's choice until somebody presses.
  const theme = one("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (document.documentElement.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.setAttribute("aria-label", "Switch between light and dark");
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; name(); });
  system.addEventListener("change", name);
  name();
  theme.hidden = false;

  // Sorting: ascending, descending, the study's own order; what has no number stays last.
  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return null;
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return cell.tagName === "TH" ? cell.textContent.trim().toLowerCase() : null;
  };
  const sort = (table, head) => {
    const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")];
    all("th[aria-sort]", table).forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", next);
    const body = table.querySelector("tbody.arms");
    const order = (a, b) => Number(a.dataset.arm) - Number(b.dataset.arm);
    const rows = all("tr", body).sort(order);
    if (next !== "none") {
      const sign = next === "ascending" ? 1 : -1;
      rows.sort((a, b) => {
        const [x, y] = [key(a, head.cellIndex), key(b, head.cellIndex)];
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y);
      });
    }
    body.append(...rows);
  };
  all("table.sortable").forEach((table) => all("thead th:not(.drawn)", table).forEach((head) => {
    // Chromium prints a header again on the next page, but no button in it: paper has the words instead.
    head.dataset.printed = head.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sort(table, head));
  }));

  // Filtering: an arm that is not asked for is hidden wherever it has a row, a picture or a list of runs.
  const form = one("filter");
  const rows = all("#table-main tr[data-arm]");
  const names = rows.map((row) => [row.dataset.arm, row.textContent.toLowerCase()]);
  const lists = new Map(all("#lists span").map((span) => [span.dataset.of, span.dataset.lists.split("|")]));
  const filter = () => {
    const words = one("find").value.trim().toLowerCase();
    const chosen = all("select", form).filter((list) => list.value !== "");
    const fits = ([arm, text]) => text.includes(words) && chosen.every(
      (list) => (lists.get(arm)[Number(list.dataset.list)] || "").split(" ").includes(list.value));
    const kept = new Set(names.filter(fits).map(([arm]) => arm));
    all("tr[data-arm], .gallery [data-arm], details[data-arm]").forEach(
      (element) => { element.hidden = !kept.has(element.dataset.arm); });
    one("shown").textContent = `${kept.size} of ${names.length} arms shown`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  one("shown").textContent = `${names.length} arms`;
  form.hidden = names.length < 2;

  // Figures: one key for all of them; pointing at an arm, or reaching it with the keyboard, holds it out.
  const figures = one("figures");
  if (figures) {
    const parts = new Map();
    all("figure svg [data-arm]", figures).forEach((part) => {
      const arm = part.dataset.arm;
      parts.set(arm, [...(parts.get(arm) || []), part]);
    });
    const of = (arm) => parts.get(arm) || [];
    const hold = (arm) => {
      all(".held", figures).forEach((part) => part.classList.remove("held"));
      delete figures.dataset.held;
      if (arm === undefined) return;
      of(arm).forEach((part) => part.classList.add("held"));
      figures.dataset.held = arm;
    };
    const boxes = all("#key input");
    const show = (box) => of(box.value).forEach((part) => part.classList.toggle("off", !box.checked));
    boxes.forEach((box) => {
      box.addEventListener("change", () => show(box));
      for (const [target, on, off] of [[box, "focus", "blur"], [box.parentNode, "pointerenter", "pointerleave"]]) {
        target.addEventListener(on, () => hold(box.checked ? box.value : undefined));
        target.addEventListener(off, () => hold());
      }
    });
    all("#key [data-all]").forEach((button) => button.addEventListener("click", () => boxes.forEach((box) => {
      box.checked = button.dataset.all === "on";
      show(box);
    })));
    one("key").hidden = false;

    const tip = one("tip");
    const words = (arm) => {
      const row = one(`arm-${arm}`);
      if (!row) return "";
      const heads = all("#table-main thead th");
      const cells = [...row.cells].slice(1).map((cell, at) => [heads[at + 1], cell]);
      const told = cells.filter(([head, cell]) => head && !cell.classList.contains("drawn") && cell.textContent.trim());
      return [row.cells[0].textContent.trim(), ...told.map(
        ([head, cell]) => `${head.textContent.trim()}: ${cell.textContent.trim()}`)].join("\n");
    };
    figures.addEventListener("pointermove", (event) => {
      const part = event.target.closest("figure svg [data-arm]");
      if (!part) { tip.hidden = true; if (event.target.closest("svg")) hold(); return; }
      if (tip.hidden || tip.dataset.arm !== part.dataset.arm) {
        tip.dataset.arm = part.dataset.arm;
        tip.textContent = words(part.dataset.arm);
        tip.hidden = false;
        hold(part.dataset.arm);
      }
      tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${Math.max(4, Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8))}px`;
    });
    figures.addEventListener("pointerleave", () => { tip.hidden = true; hold(); });
  }

  // Paper has no use for what is folded; a link to what is folded unfolds it.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((details) => { details.open = false; }));
})();
