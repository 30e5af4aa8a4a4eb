// Writing items. What is typed goes to the draft's file after a pause; what was found in it comes back.
const PAUSE_MS = 500;
const PROBE_MS = 1500;

function field(context, label, value, onInput, { lang, rows = 1, kind = 'textarea' } = {}) {
  const id = `wb-${Math.random().toString(36).slice(2)}`;
  const found = el('ul', { class: 'wb-checks', id: `${id}-checks` });
  const input = el(kind, { id, dir: 'auto', lang, rows: kind === 'textarea' ? rows : null, 'aria-describedby': found.id, input: event => onInput(event.target.value) });
  input.value = value;
  return { node: el('div', { class: 'wb-field' }, el('label', { for: id }, label), input, found), found, input };
}

function checkLines(context, checks) {
  return checks.map(check =>
    el(
      'li',
      { class: `wb-check wb-${check.severity}` },
      el('strong', {}, `${context.say(`severity.${check.severity}`)}: `),
      el('span', { dir: 'auto' }, visible(check.message)),
      ' ',
      el('span', { dir: 'auto', class: 'wb-remedy' }, visible(check.remedy))
    )
  );
}

VIEWS.studio = (root, context, model) => {
  const { say } = context;
  let body = model.get('state');
  let items = body.items.map(each => each.item);
  let removed = body.removed;
  let at = 0;
  let timer = null;
  let fields = new Map();
  let sending = Promise.resolve();
  const lang = body.draft.language;

  const title = el('p', { class: 'wb-head' });
  const list = el('ol', { class: 'wb-list', 'aria-label': say('items') });
  const form = el('div', { class: 'wb-form' });
  const prompt = el('pre', { class: 'wb-prompt', dir: 'auto', lang });
  const together = el('ul', { class: 'wb-checks', 'aria-label': say('together') });
  const said = el('p', { class: 'wb-line', role: 'status' });
  const problem = el('div', {});
  const probe = el('div', {});

  const put = () => {
    clearTimeout(timer);
    // One after the other: each says which revision it saw.
    sending = sending.then(async () => {
      try {
        const sent = JSON.stringify(items);
        body = await context.ask('draft.put', { items, removed, revision: body.draft.revision });
        problem.replaceChildren();
        if (sent === JSON.stringify(items)) {
          checked();
        }
      } catch (error) {
        problem.replaceChildren(failure(context, error), button(say('fetch_again'), again));
      }
    });
    return sending;
  };
  const again = async () => {
    body = await context.ask('draft.get');
    items = body.items.map(each => each.item);
    removed = body.removed;
    problem.replaceChildren();
    open(Math.min(at, items.length - 1));
  };
  const change = () => {
    clearTimeout(timer);
    said.textContent = '';
    timer = setTimeout(put, PAUSE_MS);
  };

  const checked = () => {
    title.replaceChildren(
      el('strong', {}, written(context, body.draft.name)),
      ` ${body.form.version} · `,
      el('bdi', {}, lang),
      ` · ${say('studio.count', { n: items.length, existing: body.form.existing })}`
    );
    list.replaceChildren(
      ...items.map((item, place) =>
        el(
          'li',
          {},
          button(
            visible(item.id ?? '?').slice(0, 60) + (body.items[place] && !body.items[place].ok ? ' ⚠' : ''),
            () => open(place),
            { 'aria-current': place === at ? 'true' : null }
          )
        )
      )
    );
    together.replaceChildren(...checkLines(context, body.together));
    const current = body.items[at];
    const left = [];
    for (const part of fields.values()) {
      part.found.replaceChildren();
      part.input.removeAttribute('aria-invalid');
    }
    for (const check of current ? current.checks : []) {
      const part = fields.get(check.field) ?? fields.get(check.field.split('.')[0]);
      if (part) {
        part.found.append(...checkLines(context, [check]));
        if (check.severity === 'error') {
          part.input.setAttribute('aria-invalid', 'true');
        }
      } else {
        left.push(check);
      }
    }
    const whole = fields.get('');
    if (whole) {
      whole.found.replaceChildren(...checkLines(context, left));
    }
    const shown = current && current.prompt;
    prompt.textContent = shown ? visible(shown.context + (shown.continuations.length ? `\n${shown.continuations.join('\n')}` : '')) : say('prompt.none');
    said.textContent = current ? say(current.ok ? 'studio.ok' : 'studio.not_ok') : '';
  };

  const choicesPart = item => {
    const group = el('fieldset', {}, el('legend', {}, say('choices')));
    const name = `wb-gold-${Math.random().toString(36).slice(2)}`;
    item.choices.forEach((text, place) => {
      const part = field(context, say('choice.number', { n: place + 1 }), text, value => {
        item.choices[place] = value;
        change();
      }, { lang });
      const right = el('input', {
        type: 'radio',
        name,
        checked: item.gold === place,
        'aria-label': say('choice.right', { n: place + 1 }),
        change: () => {
          item.gold = place;
          change();
        }
      });
      const drop = button('×', () => {
        item.choices.splice(place, 1);
        item.gold = item.gold === place ? 0 : item.gold > place ? item.gold - 1 : item.gold;
        open(at);
        change();
      }, { 'aria-label': say('choice.remove', { n: place + 1 }) });
      fields.set(`choices.${place}`, part);
      group.append(el('div', { class: 'wb-choice' }, right, part.node, drop));
    });
    group.append(
      button(say('choice.add'), () => {
        item.choices.push('');
        open(at);
        change();
      })
    );
    return group;
  };

  const open = place => {
    at = place;
    fields = new Map();
    form.replaceChildren();
    const item = items[place];
    if (!item) {
      checked();
      return;
    }
    const add = (key, part) => {
      fields.set(key, part);
      form.append(part.node);
    };
    item.input = typeof item.input === 'object' && item.input ? item.input : {};
    add('id', field(context, say('id'), item.id ?? '', value => { item.id = value; change(); }, { kind: 'input' }));
    for (const name of new Set([...body.form.fields, ...Object.keys(item.input)])) {
      add(`input.${name}`, field(context, name, item.input[name] ?? '', value => { item.input[name] = value; change(); }, { lang, rows: 3 }));
    }
    if (body.form.choices) {
      item.choices = Array.isArray(item.choices) ? item.choices : [];
      form.append(choicesPart(item));
    }
    if (body.form.references) {
      const lines = (Array.isArray(item.references) ? item.references : []).join('\n');
      add('references', field(context, say('references'), lines, value => { item.references = value.split('\n').filter(Boolean); change(); }, { lang, rows: 2 }));
    }
    for (const name of ['domain', 'source']) {
      add(name, field(context, say(`item.${name}`), item[name] ?? '', value => { value ? (item[name] = value) : delete item[name]; change(); }, { kind: 'input' }));
    }
    const whole = el('ul', { class: 'wb-checks', 'aria-label': say('checks') });
    fields.set('', { found: whole, input: whole });
    form.append(whole);
    checked();
  };

  const begin = () => {
    const input = Object.fromEntries(body.form.fields.map(name => [name, '']));
    const item = { id: body.form.next_id, input };
    if (body.form.choices) {
      Object.assign(item, { choices: Array(body.form.choices).fill(''), gold: 0 });
    } else {
      item.references = [];
    }
    items.push(item);
    open(items.length - 1);
    put();
  };
  const drop = () => {
    items.splice(at, 1);
    open(Math.max(0, at - 1));
    put();
  };

  const probed = async models => {
    probe.replaceChildren(el('p', { role: 'status' }, say('probe.running')));
    try {
      await put();
      let found = await context.ask('draft.probe', { models, items: items[at] ? [items[at].id] : [] });
      while (!found.result) {
        await new Promise(resolve => setTimeout(resolve, PROBE_MS));
        found = await context.ask('draft.probed', { task: found.task });
      }
      probe.replaceChildren(probeView(found.result));
    } catch (error) {
      probe.replaceChildren(failure(context, error));
    }
  };
  const outcome = answer =>
    answer === null ? say('none') : answer.error ? visible(answer.error) : answer.right === null ? say('none') : say(answer.right ? 'verdict.right' : 'verdict.wrong');
  const probeView = found =>
    el(
      'div',
      {},
      found.items.map(item => [
        el('ul', { class: 'wb-checks', 'aria-label': say('signs') }, checkLines(context, item.signs)),
        table(
          say('probe.of', { item: visible(item.id) }),
          [say('model'), say('probe.as_is'), say('share'), say('probe.bare'), say('probe.turns')],
          item.models.map(each =>
            row(
              written(context, each.model),
              el('span', {}, outcome(each.as_is), ' ', written(context, each.as_is.answer, { lang, limit: 80 })),
              percent(context, each.as_is.share),
              outcome(each.bare),
              each.turns.map(outcome).join(', ') || say('none')
            )
          )
        )
      ])
    );
  const probePart = () => {
    const boxes = el('div', { class: 'wb-buttons' });
    const details = el('details', {}, el('summary', {}, say('probe')), boxes, probe);
    details.addEventListener('toggle', () => {
      if (details.open && !boxes.hasChildNodes()) {
        fetched(context, boxes, context.ask('models'), found => {
          const inputs = found.models
            .filter(each => !each.refusal)
            .map(each => [el('input', { type: 'checkbox', value: each.reference }), each]);
          return [
            el('fieldset', {}, el('legend', {}, say('tab.models')), inputs.map(([input, each]) => el('label', {}, input, ' ', written(context, each.name)))),
            button(say('probe.run'), () => probed(inputs.filter(([input]) => input.checked).map(([input]) => input.value)))
          ];
        });
      }
    });
    return details;
  };
  const savePart = () => {
    const version = el('input', { type: 'text', placeholder: say('version.next') });
    const note = el('input', { type: 'text', dir: 'auto' });
    const reviewed = el('input', { type: 'checkbox' });
    const told = el('p', { role: 'status' });
    const save = async () => {
      told.replaceChildren();
      try {
        await put();
        const saved = await context.ask('draft.save', { version: version.value, note: note.value, reviewed: reviewed.checked });
        told.textContent = say('saved', { name: saved.name, version: saved.version });
      } catch (error) {
        told.replaceChildren(failure(context, error));
      }
    };
    return el(
      'details',
      {},
      el('summary', {}, say('save')),
      el(
        'p',
        { class: 'wb-buttons' },
        el('label', {}, `${say('version')} `, version),
        el('label', {}, `${say('version.note')} `, note),
        el('label', {}, reviewed, ` ${say('reviewed')}`),
        button(say('save.do'), save)
      ),
      told
    );
  };

  root.append(
    title,
    el(
      'div',
      { class: 'wb-studio' },
      el('div', {}, list, el('p', { class: 'wb-buttons' }, button(say('item.new'), begin), button(say('item.remove'), drop))),
      form
    ),
    said,
    problem,
    together,
    el('details', { open: true }, el('summary', {}, say('prompt')), prompt),
    probePart(),
    savePart()
  );
  open(0);
  return () => {
    if (timer) {
      clearTimeout(timer);
      put();
    }
  };
};
