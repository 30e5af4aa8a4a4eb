import { useEffect, useState } from 'react';

/** `value`, once it has stood still for a moment: a request for each letter typed would be one too many. */
export function useLate<T>(value: T, milliseconds = 300): T {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return late;
}
