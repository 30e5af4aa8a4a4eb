import { type ReactElement, useState } from 'react';

import type { Answer, AskRequest } from '../api/types';
import { CodeActions } from './actions';
import { Waiting, useAsk, useSampling } from './asking';
import { Button, ErrorNotice } from './basics';
import { isString, useKept, useServices } from './context';
import { TextArea } from './fields';
import type { IAsking } from './talk';
import { UserText } from './text';
import { SentTokens } from './tokens';

const TOKENS = 64;
const MOST = 200_000;

/** A text that the model continues, without any template. */
export function Complete(asking: IAsking): ReactElement {
  const { trans, formats } = useServices();
  const [prompt, setPrompt] = useKept('prompt', '', isString);
  const [sampling, fields] = useSampling('complete', TOKENS);
  const [answer, setAnswer] = useState<{ prompt: string; of: Answer } | null>(null);
  const { since, error, ask } = useAsk(asking);
  const question = (): AskRequest => ({ prompt, ...sampling });
  const send = async (): Promise<void> => {
    const found = prompt === '' ? null : await ask(question());
    if (found !== null) {
      setAnswer({ prompt, of: found });
    }
  };
  return (
    <div className="swb-talk">
      <TextArea
        label={trans.__('Text to continue; Ctrl+Enter sends it')}
        value={prompt}
        most={MOST}
        onChange={setPrompt}
        onSend={() => void send()}
      />
      {fields}
      <div className="swb-bar">
        <Button kind="primary" disabled={since !== null || prompt === ''} onClick={() => void send()}>
          {trans.__('Continue')}
        </Button>
        {prompt !== '' && (
          <CodeActions of={() => ({ action: 'ask', worker: asking.worker.id, question: question() })} />
        )}
        <Waiting since={since} />
      </div>
      {error && <ErrorNotice error={error} />}
      {answer && (
        <section className="swb-part" aria-label={trans.__('How it goes on')}>
          <p className="swb-quiet">{trans.__('The model, in %1', formats.duration(answer.of.seconds))}</p>
          <UserText text={answer.prompt} className="swb-quiet" />
          <UserText text={answer.of.text ?? ''} className="swb-strong" />
          {!asking.fake && (
            <SentTokens
              model={asking.model}
              request={{ text: answer.prompt }}
              name={trans.__('Tokens that were sent')}
            />
          )}
        </section>
      )}
      {prompt !== '' && prompt !== answer?.prompt && !asking.fake && (
        <SentTokens
          model={asking.model}
          request={{ text: prompt }}
          name={trans.__('Tokens that would be sent')}
        />
      )}
    </div>
  );
}
