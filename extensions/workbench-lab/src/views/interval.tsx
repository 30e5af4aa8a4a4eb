import type { ReactElement } from 'react';

interface IIntervalProps {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly chance?: number | null;
  /** Ends of the scale; between 0 and 1 unless said otherwise. */
  readonly from?: number;
  readonly to?: number;
}

const WIDTH = 120;
const HEIGHT = 16;

/** A score with its interval and the chance level on one line. The numbers stand beside it, so it is decoration. */
export function Interval({
  value,
  low,
  high,
  chance = null,
  from = 0,
  to = 1
}: IIntervalProps): ReactElement | null {
  if (value === null || value < from || value > to) {
    return null;
  }
  const x = (at: number): number =>
    2 + ((Math.max(from, Math.min(to, at)) - from) / (to - from)) * (WIDTH - 4);
  return (
    <svg className="swb-interval" width={WIDTH} height={HEIGHT} aria-hidden="true" focusable="false">
      <line className="swb-interval-axis" x1={2} x2={WIDTH - 2} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      {chance !== null && (
        <line className="swb-interval-chance" x1={x(chance)} x2={x(chance)} y1={1} y2={HEIGHT - 1} />
      )}
      {low !== null && high !== null && (
        <line className="swb-interval-range" x1={x(low)} x2={x(high)} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      )}
      <circle className="swb-interval-point" cx={x(value)} cy={HEIGHT / 2} r={3.5} />
    </svg>
  );
}
