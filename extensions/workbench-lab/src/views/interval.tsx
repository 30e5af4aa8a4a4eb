import type { ReactElement } from 'react';

interface IIntervalProps {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const WIDTH = 120;
const HEIGHT = 16;

/** A share with its interval on a line from 0 to 1. The numbers stand beside it, so it is decoration. */
export function Interval({ value, low, high }: IIntervalProps): ReactElement | null {
  if (value === null || value < 0 || value > 1) {
    return null;
  }
  const x = (at: number): number => 2 + Math.max(0, Math.min(1, at)) * (WIDTH - 4);
  return (
    <svg className="swb-interval" width={WIDTH} height={HEIGHT} aria-hidden="true" focusable="false">
      <line className="swb-interval-axis" x1={2} x2={WIDTH - 2} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      {low !== null && high !== null && (
        <line className="swb-interval-range" x1={x(low)} x2={x(high)} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      )}
      <circle className="swb-interval-point" cx={x(value)} cy={HEIGHT / 2} r={3.5} />
    </svg>
  );
}
