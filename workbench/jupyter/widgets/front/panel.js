// The panel inside a notebook: models, benchmarks and runs of this data directory.
const REFRESH_MS = 2000;

function tabs(root, context, made) {
  const id = Math.random().toString(36).slice(2);
  const names = Object.keys(made);
  const body = el('div', { role: 'tabpanel', tabindex: 0, id: `wb-panel-${id}` });
  let stop = null;
  const choose = (name, focus = false) => {
    if (stop) {
      stop();
    }
    buttons.forEach((node, at) => {
      const chosen = names[at] === name;
      node.setAttribute('aria-selected', String(chosen));
      node.tabIndex = chosen ? 0 : -1;
      if (chosen) {
        body.setAttribute('aria-labelledby', node.id);
        if (focus) {
          node.focus();
        }
      }
    });
    body.replaceChildren();
    stop = made[name](body) ?? null;
  };
  const turn = event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = names.findIndex((_, place) => buttons[place].getAttribute('aria-selected') === 'true');
    if (step || event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      event.stopPropagation();
      const way = context.direction === 'rtl' ? -step : step;
      const next = event.key === 'Home' ? 0 : event.key === 'End' ? names.length - 1 : (at + way + names.length) % names.length;
      choose(names[next], true);
    }
  };
  const buttons = names.map(name =>
    el(
      'button',
      { type: 'button', role: 'tab', class: 'wb-tab', id: `wb-tab-${id}-${name}`, 'aria-controls': body.id, click: () => choose(name), keydown: turn },
      context.say(`tab.${name}`)
    )
  );
  root.append(el('div', { role: 'tablist', class: 'wb-tabs', 'aria-label': context.say('view.panel') }, buttons), body);
  return { choose, stop: () => stop && stop() };
}

function modelsTab(context) {
  const { say } = context;
  return body => {
    fetched(context, body, context.ask('models'), found =>
      found.models.length
        ? table(
            say('tab.models'),
            [say('model'), say('place'), say('family'), say('parameters'), say('licence'), say('memory'), say('gate')],
            found.models.map(model =>
              row(
                written(context, model.name),
                model.place,
                written(context, model.family ?? say('none')),
                decimal(context, model.parameters),
                written(context, model.licence ?? say('none')),
                model.memory,
                model.refusal ? failure(context, model.refusal) : say('gate.open')
              )
            )
          )
        : el('p', {}, say('models.none'))
    );
  };
}

function benchmarksTab(context) {
  const { say } = context;
  return body => {
    const list = el('div', {});
    const wanted = {};
    const load = change => {
      Object.assign(wanted, change);
      return fetched(context, list, context.ask('packs', { ...wanted }), found =>
        table(
          say('tab.benchmarks'),
          [say('benchmark'), say('task'), say('languages'), say('licence'), say('origin'), say('usable')],
          found.packs.map(pack =>
            row(
              el('span', {}, written(context, pack.title), ' ', el('code', {}, visible(pack.name))),
              pack.task ?? say('none'),
              el('bdi', {}, pack.languages.slice(0, 12).join(' ') + (pack.languages.length > 12 ? ` +${pack.languages.length - 12}` : '')),
              written(context, pack.licence ?? say('none')),
              pack.origin ?? say('none'),
              pack.error ? failure(context, pack.error) : say('yes')
            )
          )
        )
      );
    };
    const field = (name, label) =>
      el(
        'label',
        {},
        `${label} `,
        el('input', { type: 'search', dir: 'auto', change: event => load({ [name]: event.target.value || undefined }) })
      );
    body.append(el('p', { class: 'wb-buttons', role: 'search' }, field('language', say('language.tag')), field('q', say('search'))), list);
    load({});
  };
}

function runsTab(context, first) {
  const { say } = context;
  return body => {
    const list = el('div', {});
    const compare = el('div', {});
    const below = el('div', { class: 'wb-below' });
    const ticked = new Set();
    let opened = null;
    let show = null;
    let timer = null;
    let stopped = false;
    const compareButton = button(
      say('compare'),
      () => {
        opened = show = null;
        fetched(context, below, context.ask('compare', { runs: [...ticked] }), found => {
          const place = el('div', {});
          comparisonView(place, context, found);
          return place;
        });
      },
      { disabled: true }
    );
    const tick = (id, on) => {
      on ? ticked.add(id) : ticked.delete(id);
      compareButton.disabled = ticked.size !== 2;
    };
    const open = async id => {
      opened = id;
      show = null;
      await fetched(context, below, context.ask('run', { run: id }), found => {
        const place = el('div', {});
        if (found.result) {
          resultView(place, context, found.result);
        } else {
          show = runView(place, context, found.run);
        }
        return place;
      });
    };
    const rows = new Map();
    const line = run => {
      let known = rows.get(run.id);
      if (!known) {
        const state = el('td', {});
        const done = el('td', {});
        const box = el('input', {
          type: 'checkbox',
          'aria-label': say('tick', { run: run.id }),
          change: event => tick(run.id, event.target.checked)
        });
        const node = el(
          'tr',
          {},
          el('td', {}, box),
          el('th', { scope: 'row' }, el('code', {}, run.id)),
          el('td', {}, written(context, run.model)),
          el('td', {}, written(context, run.packs.join(', '))),
          state,
          done,
          el('td', {}, button(say('open'), () => open(run.id), { 'aria-label': `${say('open')} ${run.id}` }))
        );
        known = { node, state, done, box };
        rows.set(run.id, known);
      }
      known.state.textContent = say(`state.${run.state}`);
      known.done.textContent = say('of', { done: run.answered, planned: run.planned ?? say('none') });
      known.box.disabled = run.state !== 'done';
      return known.node;
    };
    const lines = el('tbody', {});
    const look = async () => {
      try {
        const found = await context.ask('runs');
        if (stopped) {
          return;
        }
        if (!list.hasChildNodes()) {
          const frame = table(say('tab.runs'), [say('compare'), say('run'), say('model'), say('benchmark'), say('state'), say('answered'), say('open')], []);
          frame.querySelector('tbody').replaceWith(lines);
          list.append(frame);
        }
        const nodes = found.runs.map(line);
        // Rows that are there already stay in place, and with them the focus.
        if (nodes.length !== lines.children.length || nodes.some((node, at) => lines.children[at] !== node)) {
          lines.replaceChildren(...nodes);
        }
        compare.replaceChildren(...(found.total > found.runs.length ? [say('runs.more', { n: found.total - found.runs.length })] : []));
        const now = found.runs.find(run => run.id === opened);
        if (now && show) {
          if (now.state === 'done') {
            await open(now.id);
          } else {
            show(now);
          }
        }
      } catch (error) {
        compare.replaceChildren(failure(context, error));
      }
      if (!stopped) {
        timer = setTimeout(look, REFRESH_MS);
      }
    };
    body.append(list, el('p', { class: 'wb-buttons' }, compareButton), compare, below);
    look();
    if (first) {
      open(first);
    }
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  };
}

VIEWS.panel = (root, context, model) => {
  const shown = tabs(root, context, {
    runs: runsTab(context, model.get('state').open),
    models: modelsTab(context),
    benchmarks: benchmarksTab(context)
  });
  shown.choose(model.get('state').tab || 'runs');
  return shown.stop;
};
