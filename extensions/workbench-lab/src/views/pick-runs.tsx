import { type ReactElement, useState } from 'react';

import { Loaded, Search } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { useLate } from './late';
import { UserText } from './text';

const LIMIT = 200;

interface IPickProps {
  readonly legend: string;
  readonly picked: readonly string[];
  /** How many may be picked. */
  readonly most: number;
  readonly onPick: (picked: string[]) => void;
}

/** Finished runs to tick. */
export function PickRuns({ legend, picked, most, onPick }: IPickProps): ReactElement {
  const { client, trans, formats } = useServices();
  const [words, setWords] = useState('');
  const q = useLate(words);
  const runs = useFetched(
    `finished ${q}`,
    signal => client.get('/runs', { query: { state: 'done', q, limit: LIMIT }, signal }),
    { on: hint => hint.kind === 'run' && hint.change !== 'progress' }
  );
  return (
    <fieldset className="swb-part">
      <legend>{legend}</legend>
      <div className="swb-bar">
        <Search label={trans.__('Search among the runs')} value={words} onChange={setWords} />
        <span className="swb-quiet" role="status">
          {trans._n('%2 ticked', '%2 ticked', picked.length, formats.count(picked.length))}
        </span>
        {runs.value && runs.value.runs.length < runs.value.total && (
          <span className="swb-quiet">
            {trans.__(
              'The newest %1 of %2 are shown; a search finds the others.',
              formats.count(runs.value.runs.length),
              formats.count(runs.value.total)
            )}
          </span>
        )}
      </div>
      <Loaded of={runs}>
        {({ runs: all }) =>
          all.length === 0 ? (
            <p className="swb-quiet">
              {q === '' ? trans.__('No run has finished yet.') : trans.__('No run fits the filter.')}
            </p>
          ) : (
            <ul className="swb-plain swb-pick">
              {all.map(run => (
                <li key={run.id}>
                  <label className="swb-check">
                    <input
                      type="checkbox"
                      checked={picked.includes(run.id)}
                      disabled={!picked.includes(run.id) && picked.length >= most}
                      onChange={event =>
                        onPick(
                          event.target.checked ? [...picked, run.id] : picked.filter(each => each !== run.id)
                        )
                      }
                    />
                    <UserText inline text={run.model} className="swb-strong" />
                    <UserText inline text={run.packs.join(', ')} />
                    <time className="swb-quiet" dateTime={run.started}>
                      {formats.moment(run.started)}
                    </time>
                    <code className="swb-quiet">{run.id}</code>
                  </label>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </fieldset>
  );
}
