// A finished run: scores with their intervals, slices, and every item, the wrong ones first.
const PAGE = 20;

function scoresTable(context, result) {
  const { say } = context;
  return table(
    say('scores'),
    [say('language'), say('benchmark'), say('metric'), say('score'), say('interval'), say('chance'), say('verdict'), say('items')],
    result.scores.map(score =>
      row(
        el('bdi', { lang: score.language, dir: 'auto' }, score.label),
        written(context, score.pack),
        score.metric,
        score.value,
        score.interval,
        score.chance,
        score.verdict,
        decimal(context, score.n)
      )
    )
  );
}

function itemDetail(context, item) {
  const { say } = context;
  const lang = item.item.language;
  const node = el('div', { class: 'wb-item', dir: item.item.direction });
  node.append(written(context, item.query, { tag: 'p', lang, kind: 'wb-query' }));
  if (item.choices.length) {
    node.append(
      table(
        say('choices'),
        [say('choice'), say('log_likelihood'), say('mark')],
        item.choices.map(choice =>
          row(
            written(context, choice.text, { lang }),
            el('bdi', { dir: 'ltr' }, decimal(context, choice.log_likelihood)),
            [choice.gold ? say('mark.gold') : null, choice.chosen ? say('mark.chosen') : null].filter(Boolean).join(', ')
          )
        )
      )
    );
  }
  const facts = el('dl', {});
  const fact = (name, value) => facts.append(el('dt', {}, name), el('dd', {}, value));
  if (item.formulation === 'generate' && !item.item.error) {
    fact(say('response'), written(context, item.response || say('nothing'), { lang }));
    fact(say('answer'), written(context, item.answer || say('nothing'), { lang }));
  }
  item.references.forEach(reference => fact(say('reference'), written(context, reference, { lang })));
  if (item.item.error) {
    fact(say('error'), written(context, item.item.error));
  }
  fact(say('rule'), item.rule);
  node.append(facts);
  return node;
}

function itemRow(context, run, item) {
  const { say } = context;
  const place = el('td', { colspan: 5 });
  const below = el('tr', { hidden: true }, place);
  const id = `wb-${Math.random().toString(36).slice(2)}`;
  place.id = id;
  const open = button(
    say('open'),
    () => {
      const opening = below.hidden;
      below.hidden = !opening;
      open.setAttribute('aria-expanded', String(opening));
      if (opening && !place.hasChildNodes()) {
        fetched(context, place, context.ask('item', { run, item: item.key }), found => itemDetail(context, found));
      }
    },
    { 'aria-expanded': 'false', 'aria-controls': id, 'aria-label': `${say('open')} ${visible(item.item_id)}` }
  );
  return [
    el(
      'tr',
      { class: `wb-${item.verdict}` },
      el('th', { scope: 'row' }, written(context, item.item_id, { limit: 80 })),
      el('td', {}, written(context, item.language)),
      el('td', {}, say(`verdict.${item.verdict}`)),
      el('td', {}, written(context, item.excerpt, { lang: item.language, limit: 160 })),
      el('td', {}, open)
    ),
    below
  ];
}

function itemsBrowser(context, run, languages) {
  const { say } = context;
  const wanted = { run, offset: 0, limit: PAGE, sort: 'errors', order: 'ascending' };
  const list = el('div', {});
  const pager = el('p', { class: 'wb-buttons' });
  const choice = (name, values, label) =>
    el(
      'label',
      {},
      `${label} `,
      el(
        'select',
        { change: event => load({ [name]: event.target.value || undefined, offset: 0 }) },
        el('option', { value: '' }, say('all')),
        values.map(([value, text]) => el('option', { value }, text))
      )
    );
  const load = change => {
    Object.assign(wanted, change);
    return fetched(context, list, context.ask('items', { ...wanted }), page => {
      const last = Math.min(wanted.offset + PAGE, page.total);
      const to = offset => () => load({ offset });
      pager.replaceChildren(
        button(say('previous'), to(Math.max(0, wanted.offset - PAGE)), { disabled: wanted.offset === 0 }),
        el('span', { role: 'status' }, say('page', { first: page.total ? wanted.offset + 1 : 0, last, total: page.total })),
        button(say('next'), to(wanted.offset + PAGE), { disabled: last >= page.total })
      );
      return table(
        say('items.errors_first'),
        [say('item'), say('language'), say('verdict'), say('question'), say('open')],
        page.items.flatMap(item => itemRow(context, run, item))
      );
    });
  };
  const verdicts = ['failed', 'wrong', 'partial', 'right', 'measured'].map(each => [each, say(`verdict.${each}`)]);
  const search = el('input', {
    type: 'search',
    dir: 'auto',
    change: event => load({ q: event.target.value || undefined, offset: 0 })
  });
  load({});
  return el(
    'div',
    {},
    el(
      'p',
      { class: 'wb-buttons', role: 'search' },
      choice('language', languages.map(tag => [tag, tag]), say('language')),
      choice('verdict', verdicts, say('verdict')),
      el('label', {}, `${say('search')} `, search)
    ),
    list,
    pager
  );
}

function slicesPart(context, run) {
  const { say } = context;
  const list = el('div', {});
  const load = by =>
    fetched(context, list, context.ask('slices', { run, by, limit: 50 }), found =>
      table(
        say(`slice.${by}`),
        [say(`slice.${by}`), say('mean'), say('interval'), say('items')],
        found.slices.map(slice =>
          row(
            written(context, slice.value || say('none')),
            decimal(context, slice.mean),
            slice.low === null ? say('none') : `${decimal(context, slice.low)} – ${decimal(context, slice.high)}`,
            decimal(context, slice.n)
          )
        )
      )
    );
  const names = ['domain', 'culture', 'group', 'extraction'];
  const chosen = el(
    'select',
    { change: event => load(event.target.value) },
    names.map(name => el('option', { value: name }, say(`slice.${name}`)))
  );
  const details = el('details', {}, el('summary', {}, say('slices')), el('label', {}, `${say('by')} `, chosen), list);
  details.addEventListener('toggle', () => {
    if (details.open && !list.hasChildNodes()) {
      load(names[0]);
    }
  });
  return details;
}

function resultView(root, context, result) {
  const { say } = context;
  const languages = [...new Set(result.scores.map(score => score.language))];
  root.append(
    el('p', { class: 'wb-head' }, el('strong', {}, written(context, result.model)), ' · ', el('code', {}, result.run)),
    scoresTable(context, result),
    el('ul', { class: 'wb-limits', 'aria-label': say('limits') }, result.limits.map(each => el('li', {}, visible(each)))),
    slicesPart(context, result.run),
    el('h4', {}, say('items')),
    itemsBrowser(context, result.run, languages)
  );
}

VIEWS.result = (root, context, model) => resultView(root, context, model.get('state'));
