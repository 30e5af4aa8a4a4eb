import type { ReactElement } from 'react';

import { Loaded } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
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
  const runs = useFetched(
    'finished',
    signal => client.get('/runs', { query: { state: 'done', limit: LIMIT }, signal }),
    { on: hint => hint.kind === 'run' && hint.change !== 'progress' }
  );
  return (
    <fieldset className="swb-part">
      <legend>{legend}</legend>
      <Loaded of={runs}>
        {({ runs: all }) =>
          all.length === 0 ? (
            <p className="swb-quiet">{trans.__('No run has finished yet.')}</p>
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
