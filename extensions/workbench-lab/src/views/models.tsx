import type { ReactElement } from 'react';

import type { Model } from '../api/types';
import { Button, ErrorNotice, Facts, Loaded, Search } from './basics';
import { isString, useKept, useServices } from './context';
import { FactValue } from './facts';
import { useFetched } from './fetched';
import { ModelDetails } from './model';
import { placeLabel } from './labels';
import { UserText } from './text';

/** Models that are found here, and what is known of each. */
export default function Models(): ReactElement {
  const { client, trans, formats } = useServices();
  const [words, setWords] = useKept('words', '', isString);
  const [chosen, setChosen] = useKept('model', '', isString);
  const models = useFetched('models', signal => client.get('/models', { signal }), {
    on: hint => hint.kind !== 'run' || hint.change === 'state'
  });
  const wanted = words.toLocaleLowerCase();
  return (
    <section className="swb-view" aria-label={trans.__('Models')}>
      <div className="swb-bar">
        <Search label={trans.__('Search')} value={words} onChange={setWords} />
        <Button onClick={models.refresh}>{trans.__('Look again')}</Button>
      </div>
      <Loaded of={models}>
        {({ models: all }) => {
          const shown = all.filter(model =>
            `${model.name} ${model.path}`.toLocaleLowerCase().includes(wanted)
          );
          return (
            <>
              <p className="swb-quiet" role="status">
                {trans._n('%2 model', '%2 models', shown.length, formats.count(shown.length))}
              </p>
              {all.length === 0 && (
                <p className="swb-empty">
                  {trans.__(
                    'No model was found in the store, the hub caches or the chosen folders. In a terminal, `workbench models add` brings one into the store.'
                  )}
                </p>
              )}
              <ul className="swb-cards" aria-label={trans.__('Models')}>
                {shown.map(model => (
                  <ModelCard
                    key={model.id}
                    model={model}
                    wide={model.id === chosen}
                    onWide={wide => setChosen(wide ? model.id : '')}
                  />
                ))}
              </ul>
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

interface ICardProps {
  readonly model: Model;
  readonly wide: boolean;
  readonly onWide: (wide: boolean) => void;
}

function ModelCard({ model, wide, onWide }: ICardProps): ReactElement {
  const { trans, formats, open } = useServices();
  return (
    <li className="swb-card">
      <div className="swb-card-head">
        <Button kind="link" expanded={wide} onClick={() => onWide(!wide)}>
          <UserText inline text={model.name} className="swb-strong" />
        </Button>
        <span className="swb-tag">{placeLabel(model.place, trans)}</span>
        {model.refusal ? (
          <span className="swb-badge swb-state-failed">{trans.__('Refused')}</span>
        ) : (
          <span className="swb-badge swb-state-done">{trans.__('May be loaded')}</span>
        )}
        {model.used_by.map(run => (
          <Button key={run} kind="link" onClick={() => open({ view: 'results', runs: [run] })}>
            {trans.__('used by run %1', run)}
          </Button>
        ))}
        {model.workers.length > 0 && (
          <Button kind="link" onClick={() => open({ view: 'try', runs: [], model: model.id })}>
            {trans._n(
              'served by %2 worker',
              'served by %2 workers',
              model.workers.length,
              formats.count(model.workers.length)
            )}
          </Button>
        )}
        <span className="swb-space" />
        {!model.refusal && (
          <>
            <Button onClick={() => open({ view: 'try', runs: [], model: model.id })}>
              {trans.__('Try it')}
            </Button>
            <Button onClick={() => open({ view: 'new-run', runs: [] }, { model: model.id })}>
              {trans.__('New run')}
            </Button>
          </>
        )}
      </div>
      <Facts
        entries={[
          [trans.__('Family'), <FactValue key="family" fact={model.family} />],
          [trans.__('Parameters'), <FactValue key="parameters" fact={model.parameters} />],
          [trans.__('Quantisation'), <FactValue key="quantisation" fact={model.quantisation} />],
          [trans.__('Licence'), <FactValue key="licence" fact={model.licence} />],
          [trans.__('Size on disk'), formats.bytes(model.size)],
          [trans.__('Memory before load'), formats.bytes(model.memory?.total ?? null)]
        ]}
      />
      {model.refusal && <ErrorNotice error={model.refusal} />}
      {wide && <ModelDetails model={model.id} />}
    </li>
  );
}
