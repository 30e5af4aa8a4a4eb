import type { ReactElement } from 'react';

import type { PreviewItem } from '../api/types';
import { Facts } from './basics';
import { useServices } from './context';
import { UserText } from './text';
import { TokenList } from './tokens';

/** What a model would be asked, to the letter; with a model, to the token. */
export function PromptView({ of }: { of: PreviewItem }): ReactElement {
  const { trans, formats } = useServices();
  const texts = { direction: of.direction, language: of.language };
  return (
    <div className="swb-prompt">
      <Facts
        entries={[
          [trans.__('Item'), <UserText key="item" inline text={of.item_id} />],
          [trans.__('Wording'), <UserText key="wording" inline text={of.wording} />],
          [trans.__('Shots'), formats.count(of.shots)],
          [trans.__('Formulation'), of.formulation]
        ]}
      />
      {of.tokens ? (
        <>
          <h5>
            {of.tokens.templated
              ? trans.__('What the model reads, its chat template included')
              : trans.__('What the model reads; no chat template is used')}
          </h5>
          <TokenList pieces={of.tokens.context.pieces} ids={of.tokens.context.token_ids} />
          {of.tokens.continuations.map((piece, index) => (
            <div key={index}>
              <h5>
                {index === of.gold
                  ? trans.__('Continuation %1 (right answer)', formats.count(index + 1))
                  : trans.__('Continuation %1', formats.count(index + 1))}
              </h5>
              <TokenList pieces={piece.pieces} ids={piece.token_ids} />
            </div>
          ))}
        </>
      ) : (
        <>
          <h5>{trans.__('Before the answer')}</h5>
          <UserText text={of.context} {...texts} className="swb-prompt-text" />
          {of.continuations.length > 0 && <h5>{trans.__('What is scored')}</h5>}
          <ol>
            {of.continuations.map((text, index) => (
              <li key={index} className={index === of.gold ? 'swb-good' : ''}>
                <UserText inline text={text} {...texts} />
                {index === of.gold && <span className="swb-quiet"> {trans.__('(right answer)')}</span>}
              </li>
            ))}
          </ol>
        </>
      )}
      {of.references.length > 0 && <h5>{trans.__('References')}</h5>}
      {of.references.map((text, index) => (
        <UserText key={index} text={text} {...texts} />
      ))}
    </div>
  );
}
