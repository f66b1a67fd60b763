(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const articles = all("article");
  const buttons = all("[data-go]");
  const back = one("back"), next = one("next"), place = one("place");
  const search = one("search"), found = one("found"), nothing = one("nothing");
  let shown = articles, current = null, kind = "letter", view = "wide";

  document.documentElement.classList.add("js");

  const letter = (article) => {
    for (const template of all("template", article)) {
      template.replaceWith(template.content.cloneNode(true));
    }
    for (const sheet of all(".sheet", article)) sheet.classList.toggle("narrow", view === "narrow");
    for (const button of all("[data-view]", article)) {
      button.setAttribute("aria-pressed", button.dataset.view === view);
    }
  };

  const choose = (article) => {
    const tabs = all("[role=tab]", article);
    const wanted = tabs.find((tab) => tab.dataset.kind === kind) || tabs[0];
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", tab === wanted);
      tab.tabIndex = tab === wanted ? 0 : -1;
    }
    for (const panel of all("[role=tabpanel]", article)) {
      panel.hidden = panel.dataset.kind !== wanted.dataset.kind;
    }
    letter(article);
  };

  const show = (article) => {
    current = article;
    for (const other of articles) other.hidden = other !== article;
    for (const button of buttons) {
      if (article && button.dataset.go === article.dataset.number) {
        button.setAttribute("aria-current", "true");
        const list = button.closest("ol"), line = button.parentElement;
        const top = line.offsetTop - list.offsetTop;
        if (top < list.scrollTop) list.scrollTop = top - 8;
        const below = top + line.offsetHeight - list.clientHeight;
        if (below > list.scrollTop) list.scrollTop = below + 8;
      } else {
        button.removeAttribute("aria-current");
      }
    }
    const at = shown.indexOf(article);
    back.disabled = at <= 0;
    next.disabled = at < 0 || at === shown.length - 1;
    place.textContent = article ? `${at + 1} of ${shown.length}` : "No message";
    nothing.hidden = Boolean(article);
    if (!article) return;
    choose(article);
    // No element has this name, so that nothing scrolls.
    history.replaceState(null, "", `#message-${article.dataset.number}`);
  };

  const step = (by) => {
    const article = shown[shown.indexOf(current) + by];
    if (!article) return;
    show(article);
    const top = article.getBoundingClientRect().top;
    if (top < 0 || top > innerHeight - 160) article.parentElement.scrollIntoView();
  };

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = articles.filter((article) => words.every((word) => article.dataset.search.includes(word)));
    const numbers = new Set(shown.map((article) => article.dataset.number));
    for (const button of buttons) button.parentElement.hidden = !numbers.has(button.dataset.go);
    found.textContent = words.length ? `${shown.length} of ${articles.length}` : "";
    show(shown.includes(current) ? current : shown[0] || null);
  };

  back.addEventListener("click", () => step(-1));
  next.addEventListener("click", () => step(1));
  search.addEventListener("input", filter);

  const wide = matchMedia("(min-width: 880px)");
  const fold = () => { one("index").open = wide.matches; };
  wide.addEventListener("change", fold);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.go) {
      show(articles.find((article) => article.dataset.number === button.dataset.go));
      if (!wide.matches) { fold(); one("messages").scrollIntoView(); }
    } else if (button.dataset.view) {
      view = button.dataset.view;
      letter(current);
    } else if (button.dataset.kind) {
      kind = button.dataset.kind;
      choose(current);
    }
  });

  const along = (tab, by) => {
    const tabs = all("[role=tab]", tab.parentElement);
    const other = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
    kind = other.dataset.kind;
    choose(current);
    other.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.target === search) {
      if (event.key === "Escape") { search.value = ""; filter(); }
      if (event.key === "Enter") one("messages").querySelector("main").focus();
    } else if (by && event.target.matches("[role=tab]")) {
      event.preventDefault();
      along(event.target, by);
    } else if (by) {
      step(by);
    } else if (event.key === "/") {
      event.preventDefault();
      one("index").open = true;
      search.focus();
    } else if (event.key === "Home" && shown.length) {
      show(shown[0]);
    } else if (event.key === "End" && shown.length) {
      show(shown[shown.length - 1]);
    }
  });

  fold();
  show(articles.find((article) => `#message-${article.dataset.number}` === location.hash) || articles[0] || null);
})();
