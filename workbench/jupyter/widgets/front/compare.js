// Two runs beside each other: what may be compared, by how much they differ, and the items on which they part.
function comparisonView(root, context, found) {
  const { say } = context;
  const side = each => el('span', {}, el('strong', {}, written(context, each.model)), ' ', el('code', {}, each.run));
  root.append(el('p', { class: 'wb-head' }, side(found.first), ` ${say('against')} `, side(found.second)));
  const differences = (title, list) =>
    list.length
      ? [el('p', {}, title), el('ul', {}, list.map(each => el('li', {}, written(context, each.words))))]
      : [];
  root.append(
    ...differences(say(found.comparable ? 'compare.allowed' : 'compare.refused'), found.differences),
    ...differences(say('compare.shown'), found.shown)
  );
  root.append(
    table(
      say('differences'),
      [say('language'), say('benchmark'), say('metric'), say('first'), say('second'), say('difference'), say('interval'), say('p'), say('items')],
      found.pairs.map(pair =>
        row(
          written(context, pair.language),
          written(context, pair.pack),
          pair.metric,
          decimal(context, pair.first),
          decimal(context, pair.second),
          decimal(context, pair.difference),
          pair.low === null ? say('none') : `${decimal(context, pair.low)} – ${decimal(context, pair.high)}`,
          pair.p_value === null ? say('none') : decimal(context, pair.p_value, 4),
          decimal(context, pair.n)
        )
      )
    )
  );
  if (found.flips.length) {
    root.append(
      el(
        'details',
        {},
        el('summary', {}, say('flips', { n: found.total_flips })),
        table(
          say('flips', { n: found.total_flips }),
          [say('item'), say('language'), say('question'), say('first'), say('second'), say('right')],
          found.flips.map(flip =>
            row(
              written(context, flip.item_id, { limit: 80 }),
              written(context, flip.language),
              written(context, flip.excerpt, { lang: flip.language, limit: 200 }),
              written(context, flip.first_answer, { lang: flip.language, limit: 120 }),
              written(context, flip.second_answer, { lang: flip.language, limit: 120 }),
              say(flip.first > flip.second ? 'first' : 'second')
            )
          )
        )
      )
    );
  }
}

VIEWS.comparison = (root, context, model) => comparisonView(root, context, model.get('state'));
