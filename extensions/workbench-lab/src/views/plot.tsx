import type { JSONObject } from '@lumino/coreutils';
import { type ReactElement, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';

import type { IPalette } from '../model/plots';
import { useServices } from './context';

interface IPlotProps {
  /** What it shows, in a sentence; the numbers stand in a table beside it. */
  readonly label: string;
  readonly spec: (palette: IPalette) => JSONObject;
}

/** A plot in the colours of the theme, drawn by JupyterLab. */
export function Plot({ label, spec }: IPlotProps): ReactElement {
  const { trans, plot } = useServices();
  const host = useRef<HTMLDivElement>(null);
  const [missing, setMissing] = useState(false);
  const palette = useSyncExternalStore(onTheme, paletteNow);
  const drawn = JSON.stringify(spec(JSON.parse(palette) as IPalette));
  // Before the element goes: a Lumino widget whose node has left the page can no longer be disposed.
  useLayoutEffect(() => {
    const element = host.current;
    const shown = element && plot(JSON.parse(drawn) as JSONObject, element);
    setMissing(shown === null);
    return () => shown?.dispose();
  }, [plot, drawn]);
  return (
    <>
      <div
        ref={host}
        className="swb-plot"
        role="img"
        tabIndex={0}
        aria-label={trans.__('%1 The table has the same numbers.', label)}
        hidden={missing}
      />
      {missing && (
        <p className="swb-quiet">
          {trans.__(
            'There is no plot: the Vega extension of JupyterLab is disabled. The table has the numbers.'
          )}
        </p>
      )}
    </>
  );
}

function onTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name'] });
  return () => observer.disconnect();
}

/** The colours of the theme that is in force, as JSON: what is drawn anew is what differs. */
function paletteNow(): string {
  const style = getComputedStyle(document.body);
  const read = (name: string, usual: string): string => style.getPropertyValue(name).trim() || usual;
  return JSON.stringify({
    text: read('--jp-ui-font-color1', 'black'),
    grid: read('--jp-border-color2', 'gray'),
    mark: read('--jp-brand-color1', 'blue'),
    font: read('--jp-ui-font-family', 'sans-serif')
  } satisfies IPalette);
}
