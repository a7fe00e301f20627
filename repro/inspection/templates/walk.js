"use strict";
(() => {
  // ---- elements; text goes in as text, so no token can become markup
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const draw = (name, attributes = {}, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
  };
  const fill = (text, values) => text.replace(/\{(\w+)[^}]*\}/g, (_, name) => values[name]);
  const seen = (piece) => piece.replaceAll("▁", "·");  // the vocabulary's sign for a space is a heavy bar in most fonts
  const range = (count) => [...Array(count).keys()];
  const short = (text, most = 11) => {
    const letters = [...text];
    return letters.length > most ? letters.slice(0, most - 1).join("") + "…" : text;
  };
  const number = (x) => (x === 0 ? "0" : Math.abs(x) < 1e-4 ? x.toExponential(1) : String(Number(x.toPrecision(4)))).replace("-", "−");
  const inside = (x) => {
    const text = Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 10 ? x.toFixed(1) : x.toFixed(2);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  };

  // W^Q with its Q raised
  const raised = (text) => text.split(/\^(\w)/).map((part, i) => (i % 2 ? make("sup", {}, part) : part));

  // ---- arithmetic of eq. 1, for what the page shows beside what the model computed
  const softmax = (row) => {
    const most = Math.max(...row), e = row.map((x) => Math.exp(x - most));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((x) => x / sum);
  };
  const product = (weights, V) => weights.map((row) => V[0].map((_, c) => row.reduce((sum, w, j) => sum + w * V[j][c], 0)));

  // ---- a heat map: rectangles in a few strengths of one or two colours, so that styles decide on light, dark and paper
  const LEVELS = 16;
  const ROOT = 0.6;  // weights are raised a little, so that small ones can be seen
  const SIGNED_MOST = 0.62;  // numbers stand on signed values, so they are never quite full
  function levels(values, signed, closed) {
    if (!signed) return (x) => Math.round(LEVELS * x ** ROOT);
    const most = Math.max(1e-12, ...values.flatMap((row, i) => row.filter((_, j) => !closed(i, j)).map(Math.abs)));
    return (x) => Math.round(LEVELS * Math.min(Math.abs(x) / most, 1));
  }
  function cells(values, signed, closed, width, height, left, top) {
    const levelOf = levels(values, signed, closed), most = signed ? SIGNED_MOST : 1;
    const paths = new Map();
    let crosses = "";
    values.forEach((row, i) => row.forEach((x, j) => {
      const at = `M${left + j * width} ${top + i * height}`;
      if (closed(i, j)) {
        crosses += `M${left + (j + 0.3) * width} ${top + (i + 0.3) * height}l${width * 0.4} ${height * 0.4}m0 ${-height * 0.4}l${-width * 0.4} ${height * 0.4}`;
        return;
      }
      const level = levelOf(x);
      if (!level) return;
      const key = (x < 0 ? -1 : 1) * level;
      paths.set(key, (paths.get(key) ?? "") + `${at}h${width}v${height}h${-width}z`);
    }));
    const drawn = [...paths].map(([key, d]) => draw("path", {
      d, class: key < 0 ? "below" : "above", "fill-opacity": ((Math.abs(key) / LEVELS) * most).toFixed(3),
    }));
    if (crosses) drawn.push(draw("path", { d: crosses, class: "inspection-closed" }));
    return drawn;
  }

  function show(root) {
    const d = JSON.parse(root.querySelector("[data-content]").textContent);
    const t = JSON.parse(root.querySelector("[data-texts]").textContent);
    for (const side of [d.encoder, d.decoder]) side.pieces = side.pieces.map(seen);
    d.decoder.written = d.decoder.written.map(([piece, p]) => [seen(piece), p]);
    d.decoder.next = d.decoder.next.map((best) => best.map(([piece, p]) => [seen(piece), p]));
    const form = root.querySelector("form"), field = form.elements;
    const step = (name) => root.querySelector(`[data-step="${name}"]`);
    const figures = (name) => step(name).querySelector("[data-figures]");
    const note = (name, text) => { step(name).querySelector("[data-note]").replaceChildren(...raised(text)); };
    const never = () => false;

    const stacks = [
      { key: "encoder", side: d.encoder, keys: d.encoder, kind: "self-attention" },
      { key: "decoder", side: d.decoder, keys: d.decoder, kind: "self-attention" },
      { key: "cross", side: d.decoder, keys: d.encoder, kind: "cross-attention" },
    ].filter((stack) => stack.side.layers.every((layer) => layer.some((each) => each.kind === stack.kind)));
    const subLayer = (stack, layer) => stack.side.layers[layer].find((each) => each.kind === stack.kind);
    const closedIn = (attention) => (attention.mask === "causal" ? (i, j) => j > i : never);

    /* A heat map with its caption and a line that reads the cell under pointer or cursor.
       columns: pieces, or null where columns are numbers of a vector; part: [first, after] columns to frame. */
    function map({ caption, label = caption, values, rows, columns = null, signed = true, closed = never, part = null, numbers = null, row = null, pick = null }) {
      const m = values.length, n = values[0].length;
      const width = columns ? (n <= 8 ? 34 : n <= 14 ? 26 : n <= 26 ? 18 : 13) : n <= 8 ? 32 : n <= 16 ? 15 : 7;
      const height = columns && n > 26 ? 13 : 18;
      const wide = (texts) => Math.max(...texts.map((text) => [...short(text)].reduce((sum, c) => sum + (c.codePointAt(0) > 0x1100 ? 11 : 6.6), 0)));
      const left = Math.ceil(wide(rows)) + 8, top = columns ? Math.ceil(wide(columns)) + 8 : 2;
      const W = left + n * width + 2, H = top + m * height + 2;
      const svg = draw("svg", { viewBox: `0 0 ${W} ${H}`, role: "application", tabindex: 0, "aria-label": `${label}; ${t.keys}${pick ? t["keys.follow"] : ""}` });
      svg.style.maxWidth = `${W}px`;
      svg.style.minWidth = `${Math.min(W, Math.max(left + n * 11, 240))}px`;
      svg.append(draw("rect", { class: "inspection-frame", x: left - 0.5, y: top - 0.5, width: n * width + 1, height: m * height + 1 }));
      svg.append(...cells(values, signed, closed, width, height, left, top));
      rows.forEach((text, i) => svg.append(draw("text", { x: left - 5, y: top + (i + 0.5) * height + 4, "text-anchor": "end" }, short(text))));
      (columns ?? []).forEach((text, j) => svg.append(draw("text", { transform: `translate(${left + (j + 0.5) * width + 4} ${top - 5}) rotate(-90)` }, short(text))));
      if ((numbers ?? width >= (signed ? 32 : 26)) && m * n <= 400) {
        values.forEach((line, i) => line.forEach((x, j) => {
          if (closed(i, j) || (!signed && x < 0.005)) return;
          svg.append(draw("text", { class: "inspection-in", x: left + (j + 0.5) * width, y: top + (i + 0.5) * height + 3.5 }, inside(x)));
        }));
      }
      if (part) svg.append(draw("rect", { class: "inspection-part", x: left + part[0] * width, y: top, width: (part[1] - part[0]) * width, height: m * height }));
      if (row !== null) svg.append(draw("rect", { class: "inspection-row", x: left, y: top + row * height, width: n * width, height }));
      const cursor = draw("rect", { class: "inspection-cursor", width, height, visibility: "hidden" });
      svg.append(cursor);
      const output = make("output", { "aria-live": "polite" });
      let at = null;
      const read = (i, j) => {
        at = [Math.max(0, Math.min(m - 1, i)), Math.max(0, Math.min(n - 1, j))];
        [i, j] = at;
        cursor.setAttribute("x", left + j * width);
        cursor.setAttribute("y", top + i * height);
        cursor.setAttribute("visibility", "visible");
        const words = { row: rows[i], column: columns ? columns[j] : j + 1, value: number(values[i][j]) };
        output.textContent = fill(closed(i, j) ? t.hidden_cell : columns ? t.looks : t.number, words);
      };
      svg.readCell = read;
      const leave = () => { cursor.setAttribute("visibility", "hidden"); output.textContent = ""; };
      const under = (event) => {
        const box = svg.getBoundingClientRect(), unit = W / box.width;
        const i = Math.floor(((event.clientY - box.top) * unit - top) / height), j = Math.floor(((event.clientX - box.left) * unit - left) / width);
        return i >= 0 && i < m && j >= 0 && j < n ? [i, j] : null;
      };
      svg.addEventListener("pointermove", (event) => { const cell = under(event); if (cell) read(...cell); });
      svg.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse" && document.activeElement !== svg) leave(); });
      svg.addEventListener("click", (event) => { const cell = under(event); if (cell) { read(...cell); if (pick) pick(cell[0], cell, svg); } });
      svg.addEventListener("blur", leave);
      svg.addEventListener("focus", () => { if (svg.matches(":focus-visible")) read(...(at ?? [row ?? 0, 0])); });
      svg.addEventListener("keydown", (event) => {
        const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
        if (move) { event.preventDefault(); const [i, j] = at ?? [0, 0]; read(i + move[0], j + move[1]); }
        if (event.key === "Enter" && at && pick) pick(at[0], at, svg);
      });
      const figure = make("figure", { class: "inspection-map" }, make("figcaption", {}, ...raised(caption)), make("div", { class: "inspection-scroll" }, svg), output);
      figure.style.flexBasis = `${W}px`;
      return figure;
    }

    const bars = (rows) => make("dl", { class: "inspection-bars" }, ...rows.flatMap(([text, share, chosen]) => {
      const svg = draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
      svg.append(draw("rect", { class: "above", width: (100 * share).toFixed(2), height: 10 }));
      const name = make("dt", { dir: "auto" }, chosen ? `${text} ◂ ${t.chosen}` : text);
      if (chosen) name.setAttribute("data-chosen", "");
      return [name, make("dd", {}, svg), make("dd", {}, share.toFixed(4))];
    }));
    const token = (text, now = false) => make("bdi", { class: `inspection-token${now ? " inspection-now" : ""}` }, text);

    const lineEnd = () => make("span", { class: "inspection-line-end" });

    // ---- the walk
    const options = (select, texts) => {
      const before = select.selectedIndex;
      select.replaceChildren(...texts.map((text, i) => make("option", { value: i }, text)));
      select.selectedIndex = Math.max(0, Math.min(before, texts.length - 1));
    };
    const chosen = () => {
      const stack = stacks[Number(field.stack.value)];
      const layer = Number(field.layer.value), head = Number(field.head.value), row = Number(field.token.value);
      const sub = subLayer(stack, layer), attention = sub.attention;
      const masks = attention.mask !== null, additive = attention.scale === null, scales = !additive && attention.scale !== 1;
      return {
        stack, layer, head, row, sub, attention, masks, additive, scales,
        unmasked: masks && !field.mask.checked, unscaled: scales && !field.scaling.checked,
      };
    };
    // Every map is drawn anew, and the reader stays where they were: on the same map, at the same cell.
    const maps = () => [...root.querySelectorAll(".inspection-map svg")];
    const follow = (row, at, svg) => {
      const place = maps().indexOf(svg), focused = document.activeElement === svg;
      field.token.value = row;
      walk();
      const again = maps()[place];
      if (focused) again?.focus({ preventScroll: true });
      again?.readCell(...at);
    };

    function tokens({ stack, row }) {
      const line = (name, pieces, now) => make("p", { class: "inspection-tokens" }, make("span", {}, t[`reads.${name}`]), ...pieces.map((text, i) => token(text, i === now)));
      figures("tokens").replaceChildren(
        line("encoder", d.encoder.pieces, stack.key === "encoder" ? row : -1), line("decoder", d.decoder.pieces, stack.key === "encoder" ? -1 : row));
    }

    function embedding({ stack, row }) {
      const { side } = stack, { d_model } = d.model, name = stack.key === "encoder" ? "encoder" : "decoder";
      note("embedding", fill(t["step.embedding.note"], { root: number(Math.sqrt(d_model)), side: t[`side.${name}`], shown: d.shown.d_model, d_model }));
      figures("embedding").replaceChildren(...["embedding", "positions", "sum"].map((part) =>
        map({ caption: t[part], values: side[part], rows: side.pieces, row, pick: follow })));
    }

    function qkv({ stack, sub, attention, head, row }) {
      const cross = stack.key === "cross";
      note("qkv", `${t[cross ? "qkv.cross" : "qkv.self"]} ${fill(t["step.qkv.note"], { d_k: d.shown.d_k, of_k: d.model.d_k, d_v: d.shown.d_v, of_v: d.model.d_v })}`);
      const vectors = (name, pieces, queries) => map({
        caption: t[cross && !queries ? `${name}.cross` : name], values: attention[name][head], rows: pieces,
        row: queries ? row : null, pick: queries ? follow : null,
      });
      figures("qkv").replaceChildren(
        map({ caption: t.x, values: sub.read, rows: stack.side.pieces, row, pick: follow }), lineEnd(),
        vectors("Q", stack.side.pieces, true), vectors("K", stack.keys.pieces, false), vectors("V", stack.keys.pieces, false));
    }

    /* What the switches leave of scale and mask. */
    const scaleOf = ({ attention, additive, unscaled }) => (additive || unscaled ? 1 : attention.scale);
    const closedOf = ({ attention, unmasked }) => (unmasked ? never : closedIn(attention));

    /* The weights that the page shows: the model's, or those that it would have without scaling or mask. */
    function weightsOf(now) {
      const { attention, head, unmasked, unscaled } = now;
      if (!unmasked && !unscaled) return attention.weights[head];
      const scale = scaleOf(now), closed = closedOf(now);
      return attention.scores[head].map((line, i) => softmax(line.map((x, j) => (closed(i, j) ? -Infinity : x * scale))));
    }

    function scores(now) {
      const { stack, attention, head, row, masks, additive, unmasked, unscaled } = now;
      const raw = attention.scores[head], scaled = raw.map((line) => line.map((x) => x * scaleOf(now)));
      const closed = closedOf(now), changed = unmasked || unscaled;
      const notes = [additive ? t["step.scores.note.additive"] : fill(t["step.scores.note"], { scale: number(attention.scale) })];
      if (unscaled) notes.push(t["scaling.off.note"]);
      if (unmasked) notes.push(t["mask.off.note"]);
      if (changed) notes.push(t["off.note"]);
      note("scores", notes.join(" "));
      const square = (caption, values, more) => map({ caption, values, rows: stack.side.pieces, columns: stack.keys.pieces, row, pick: follow, ...more });
      const extent = (values) => {
        const all = values.flat();
        return fill(t.extent, { low: inside(Math.min(...all)), high: inside(Math.max(...all)) });
      };
      const scaling = additive ? [] : [square(`${unscaled ? t["scaled.off"] : fill(t.scaled, { scale: number(attention.scale) })} ${extent(scaled)}`, scaled)];
      figures("scores").replaceChildren(
        square(`${t[additive ? "scores.additive" : "scores"]} ${extent(raw)}`, raw), ...scaling, lineEnd(),
        square(t[unmasked ? "masked.off" : masks ? "masked.on" : "masked.none"], scaled, { closed }),
        square(t[changed ? "weights.changed" : "weights"], weightsOf(now), { signed: false, closed }));
    }

    function values(now) {
      const { stack, attention, head, row, unmasked, unscaled } = now;
      const weights = weightsOf(now);
      const Z = unmasked || unscaled ? product(weights, attention.V[head]) : attention.heads[head];
      const order = range(weights[row].length).sort((a, b) => weights[row][b] - weights[row][a]).slice(0, 6).filter((j) => weights[row][j] >= 5e-5);
      figures("values").replaceChildren(
        map({ caption: t.Z, values: Z, rows: stack.side.pieces, row, pick: follow }),
        make("div", { class: "inspection-takes" }, make("h5", {}, fill(t.takes, { token: stack.side.pieces[row] })),
          bars(order.map((j) => [stack.keys.pieces[j], weights[row][j], false]))));
    }

    function concat({ stack, sub, attention, head, row }) {
      const { h } = d.model, width = d.shown.d_v;
      note("concat", fill(t["step.concat.note"], { h, d_v: width, of_v: d.model.d_v }));
      const joined = stack.side.pieces.map((_, i) => attention.heads.flatMap((Z) => Z[i]));
      figures("concat").replaceChildren(
        map({ caption: fill(t.concat, { h }), values: joined, rows: stack.side.pieces, part: [head * width, (head + 1) * width], numbers: false, row, pick: follow }),
        map({ caption: t.output, values: sub.output, rows: stack.side.pieces, row, pick: follow }));
    }

    function layers({ stack, layer, row }) {
      const subs = stack.side.layers[layer], rows = stack.side.pieces;
      figures("layer").replaceChildren(...subs.flatMap((each) => {
        const name = t[`kind.${each.kind}`];
        const one = (caption, values, signed) => map({ caption, label: `${name}: ${caption}`, values, rows, signed, row, pick: follow });
        const maps = [one(t.gives, each.output), one(t[`stream.${d.model.norm}`], each.stream)];
        if (each.hidden) maps.unshift(one(fill(t.hidden, { active: Math.round(100 * each.active[row]) }), each.hidden));
        return [make("p", { class: "inspection-sub" }, name), ...maps];
      }));
    }

    const follower = make("input", { type: "range", min: 1, max: d.decoder.pieces.length, value: 1, step: 1 });
    function next() {
      const i = Number(follower.value) - 1;
      follower.setAttribute("aria-valuetext", `${i + 1}: ${d.decoder.pieces[i]}`);
      const [written, probability] = d.decoder.written[i];
      const rows = d.decoder.next[i].map(([piece, p]) => [piece, p, piece === written]);
      if (!rows.some((each) => each[2])) rows.push([written, probability, true]);
      const place = figures("next").querySelector("[data-place]");
      place.replaceChildren(
        make("p", { class: "inspection-tokens" }, make("span", {}, t.so_far), ...d.decoder.pieces.slice(0, i + 1).map((text, j) => token(text, j === i))),
        make("h5", {}, t.comes), bars(rows));
    }

    function walk() {
      const now = chosen();
      field.mask.disabled = !now.masks;
      field.scaling.disabled = !now.scales;
      for (const part of [tokens, embedding, qkv, scores, values, concat, layers]) part(now);
    }
    function rebuild() {
      const stack = stacks[Number(field.stack.value)];
      options(field.token, stack.side.pieces.map((text, i) => `${i + 1} ${text}`));
      walk();
    }

    // ---- the explorer
    let large = null;
    function enlarge(stack, layer, head, button) {
      const attention = subLayer(stack, layer).attention;
      const words = { stack: t[`stack.${stack.key}`], layer: layer + 1, head: head + 1 };
      const label = fill(t.map_label, words);
      const go = make("button", { type: "button", class: "inspection-follow" }, t.follow);
      go.addEventListener("click", () => {
        field.stack.value = stacks.indexOf(stack);
        field.layer.value = layer;
        field.head.value = head;
        rebuild();
        step("qkv").scrollIntoView();
        field.stack.focus({ preventScroll: true });
      });
      for (const each of root.querySelectorAll(".inspection-thumb")) each.setAttribute("aria-pressed", String(each === button));
      large?.remove();
      large = make("div", { class: "inspection-large" },
        map({ caption: label, values: attention.weights[head], rows: stack.side.pieces, columns: stack.keys.pieces, signed: false, closed: closedIn(attention) }), go);
      large.style.flexBasis = stack.keys.pieces.length > 20 ? "100%" : "20rem";
      button.closest(".inspection-stack").append(large);
    }
    function thumb(stack, layer, head) {
      const { weights } = subLayer(stack, layer).attention, m = weights[head].length, n = weights[head][0].length;
      const svg = draw("svg", { viewBox: `0 0 ${n} ${m}`, "aria-hidden": "true", "shape-rendering": "crispEdges" });
      svg.append(...cells(weights[head], false, never, 1, 1, 0, 0));
      const label = fill(t.map_label, { stack: t[`stack.${stack.key}`], layer: layer + 1, head: head + 1 });
      const button = make("button", { type: "button", class: "inspection-thumb", "aria-pressed": "false", "aria-label": label }, svg, String(head + 1));
      button.addEventListener("click", () => enlarge(stack, layer, head, button));
      return button;
    }
    function explorer() {
      root.querySelector(".inspection-explorer").replaceChildren(...stacks.map((stack) => make("section", { class: "inspection-stack" },
        make("h4", {}, t[`stack.${stack.key}`]),
        make("div", { class: "inspection-layers" }, ...range(d.model.N).map((layer) => make("div", { class: "inspection-layer" },
          make("span", {}, `${t.layer} ${layer + 1}`),
          make("div", { class: "inspection-heads" }, ...range(d.model.h).map((head) => thumb(stack, layer, head)))))))));
      root.querySelector(".inspection-thumb").click();
    }

    options(field.stack, stacks.map((stack) => t[`stack.${stack.key}`]));
    options(field.layer, range(d.model.N).map((i) => i + 1));
    options(field.head, range(d.model.h).map((i) => i + 1));
    form.addEventListener("submit", (event) => event.preventDefault());
    field.stack.addEventListener("change", rebuild);
    for (const name of ["layer", "head", "token", "scaling", "mask"]) field[name].addEventListener("change", walk);
    follower.addEventListener("input", next);
    figures("next").append(make("div", { class: "inspection-next" },
      make("label", { class: "inspection-position" }, t.position, follower), make("div", { "data-place": "" })));
    root.querySelector("[data-live]").hidden = false;
    rebuild();
    next();
    explorer();
  }

  for (const root of document.querySelectorAll(".inspection")) show(root);
})();
