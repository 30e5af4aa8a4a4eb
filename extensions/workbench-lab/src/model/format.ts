import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';

const MISSING = '\u2013';
const STEP = 1024;

/** Numbers, sizes and times for people, in the language of the page. */
export class Formats {
  private readonly _count: Intl.NumberFormat;
  private readonly _share: Intl.NumberFormat;
  private readonly _rate: Intl.NumberFormat;
  private readonly _score: Intl.NumberFormat;
  private readonly _signed: Intl.NumberFormat;
  private readonly _logs: Intl.NumberFormat;
  private readonly _moment: Intl.DateTimeFormat;

  /** The language of the page, as a BCP-47 tag. */
  readonly language: string;

  constructor(
    locale: string | undefined,
    private readonly _trans: TranslationBundle
  ) {
    this.language = locale ?? 'en';
    this._count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this._share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
    this._rate = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
    this._score = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
    this._signed = new Intl.NumberFormat(locale, {
      minimumFractionDigits: 3,
      maximumFractionDigits: 3,
      signDisplay: 'exceptZero'
    });
    this._logs = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this._moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  }

  count(value: number | null | undefined): string {
    return value === null || value === undefined ? MISSING : this._count.format(value);
  }

  share(value: number | null): string {
    return value === null ? MISSING : this._share.format(value);
  }

  score(value: number | null): string {
    return value === null ? MISSING : this._score.format(value);
  }

  signed(value: number | null): string {
    return value === null ? MISSING : this._signed.format(value);
  }

  logLikelihood(value: number | null): string {
    return value === null ? MISSING : this._logs.format(value);
  }

  /** An interval; a dash where there is none. */
  interval(low: number | null, high: number | null, signed = false): string {
    if (low === null || high === null) {
      return MISSING;
    }
    const each = signed ? this._signed : this._score;
    return `[${each.format(low)}, ${each.format(high)}]`;
  }

  pValue(value: number | null): string {
    if (value === null) {
      return MISSING;
    }
    return value < 0.001 ? `< ${this._score.format(0.001)}` : this._score.format(value);
  }

  /** A size in binary units. */
  bytes(value: number | null): string {
    if (value === null) {
      return MISSING;
    }
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let size = value;
    let unit = 0;
    while (size >= STEP && unit < units.length - 1) {
      size /= STEP;
      unit += 1;
    }
    return `${this._rate.format(size)}\u00a0${units[unit] ?? ''}`;
  }

  /** A duration with its two largest units. */
  duration(seconds: number | null): string {
    if (seconds === null) {
      return MISSING;
    }
    const trans = this._trans;
    const whole = Math.round(seconds);
    if (whole < 60) {
      return trans.__('%1 s', whole < 10 ? this._rate.format(seconds) : this._count.format(whole));
    }
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) {
      return trans.__('%1 min %2 s', this._count.format(minutes), this._count.format(whole % 60));
    }
    return trans.__(
      '%1 h %2 min',
      this._count.format(Math.floor(minutes / 60)),
      this._count.format(minutes % 60)
    );
  }

  rate(value: number | null): string {
    return value === null ? MISSING : this._trans.__('%1 items/s', this._rate.format(value));
  }

  number(value: number): string {
    return this._rate.format(value);
  }

  /** How d3 is to write numbers, as these formats do. */
  numerals(): JSONObject {
    const parts = this._score.formatToParts(12_345.6);
    const part = (type: string, usual: string): string =>
      parts.find(each => each.type === type)?.value ?? usual;
    return {
      decimal: part('decimal', '.'),
      thousands: part('group', ''),
      grouping: [3],
      currency: ['', ''],
      numerals: Array.from({ length: 10 }, (_, digit) => this._count.format(digit))
    };
  }

  moment(time: string): string {
    const date = new Date(time);
    return Number.isNaN(date.getTime()) ? MISSING : this._moment.format(date);
  }
}
