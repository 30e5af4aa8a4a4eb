import { Fragment, type ReactElement, useState } from 'react';

import { runTask } from '../api/tasks';
import type { Tokens, TokensRequest } from '../api/types';
import { Button, Facts, Loaded } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { UserText } from './text';

/** Tokens drawn at once; the list says when there are more. */
const MOST = 4000;
const NEWLINE = 'U+000A';

interface IListProps {
  readonly pieces: readonly string[];
  readonly ids: readonly number[];
}

/** Tokens one by one, in the model's order, each with its id. */
export function TokenList({ pieces, ids }: IListProps): ReactElement {
  const { trans, formats } = useServices();
  const [numbered, setNumbered] = useState(false);
  return (
    <>
      <p className="swb-bar">
        <span className="swb-quiet">
          {trans._n('%2 token', '%2 tokens', ids.length, formats.count(ids.length))}
        </span>
        {pieces.length > MOST && (
          <span className="swb-quiet">{trans.__('The first %1 are shown.', formats.count(MOST))}</span>
        )}
        <label className="swb-check">
          <input type="checkbox" checked={numbered} onChange={event => setNumbered(event.target.checked)} />
          {trans.__('Show the ids')}
        </label>
      </p>
      <div className="swb-tokens" dir="ltr" tabIndex={0} role="group" aria-label={trans.__('Tokens')}>
        {pieces.slice(0, MOST).map((piece, index) => (
          <span key={index} className="swb-token" title={String(ids[index] ?? '')}>
            <Piece text={piece} />
            {numbered && <sub className="swb-token-id">{ids[index]}</sub>}
          </span>
        ))}
      </div>
    </>
  );
}

/** A token's text; the ends of lines in it are drawn, and end a line here too. */
function Piece({ text }: { text: string }): ReactElement {
  return (
    <>
      {text.split('\n').map((line, index) => (
        <Fragment key={index}>
          {index > 0 && (
            <>
              <span className="swb-mark" title={NEWLINE}>
                {'\u240a'}
              </span>
              {'\n'}
            </>
          )}
          {line !== '' && <UserText inline text={line} />}
        </Fragment>
      ))}
    </>
  );
}

interface ISentProps {
  readonly model: string;
  readonly request: TokensRequest;
  readonly name: string;
}

/** Exactly what a model reads of a text or a conversation, on request: it takes a moment. */
export function SentTokens({ model, request, name }: ISentProps): ReactElement {
  const { client } = useServices();
  const [open, setOpen] = useState(false);
  const tokens = useFetched(open ? `${model} ${JSON.stringify(request)}` : null, signal =>
    runTask(client, '/models/{model}/tokens', { path: { model }, body: request, signal })
  );
  return (
    <div>
      <Button kind="link" expanded={open} onClick={() => setOpen(!open)}>
        <span aria-hidden="true">{open ? '\u25be' : '\u25b8'}</span> {name}
      </Button>
      {open && <Loaded of={tokens}>{value => <SentView value={value} />}</Loaded>}
    </div>
  );
}

function SentView({ value }: { value: Tokens }): ReactElement {
  const { trans } = useServices();
  return (
    <div className="swb-part">
      <Facts
        entries={[
          [
            trans.__('Chat template'),
            value.templated ? trans.__('the model\u2019s own, as shown') : trans.__('none')
          ],
          [
            trans.__('First token that the tokenizer adds'),
            value.bos === null ? trans.__('none') : <UserText key="bos" inline text={value.bos} />
          ]
        ]}
      />
      <h5>{trans.__('Text that the model reads')}</h5>
      <UserText text={value.tokens.text} className="swb-prompt-text" />
      <h5>{trans.__('Its tokens')}</h5>
      <TokenList pieces={value.tokens.pieces} ids={value.tokens.token_ids} />
    </div>
  );
}
