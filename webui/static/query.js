// Makes the query's text area an editor. Without this file the form works as it is.
"use strict";
(() => {
  const form = document.getElementById("query-form");
  const area = document.getElementById("query");
  if (!form || !area) return;

  const run = () => form.requestSubmit();
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  if (typeof Yasqe !== "function") return;

  const place = document.createElement("div");
  place.className = "editor";
  area.before(place);
  const editor = new Yasqe(place, {
    value: area.value,
    persistenceId: null,
    // Its own completers ask services elsewhere; nothing here leaves this host.
    autocompleters: ["variables"],
    createShareableLink: null,
    showQueryButton: false,
    resizeable: false,
    collapsePrefixesOnLoad: false,
    // Tab moves on, so that the keyboard is never caught in the editor.
    extraKeys: { Tab: false, "Shift-Tab": false, "Ctrl-Enter": run, "Cmd-Enter": run },
  });
  area.hidden = true;
  const input = editor.getInputField();
  // What scrolls must be reachable without a mouse.
  const scroller = editor.getScrollerElement();
  scroller.tabIndex = 0;
  const label = form.querySelector("label[for=query]");
  input.setAttribute("aria-label", label ? label.textContent.trim() : "SPARQL");
  input.setAttribute("aria-describedby", area.getAttribute("aria-describedby") || "");
  if (label) label.addEventListener("click", () => editor.focus());
  form.addEventListener("submit", () => {
    area.value = editor.getValue();
  });

  const error = document.getElementById("query-error");
  if (error && error.dataset.line) {
    const line = Number(error.dataset.line) - 1;
    editor.addLineClass(line, "background", "error-line");
    editor.setCursor(line, Math.max(0, Number(error.dataset.column) - 1));
  }
})();
