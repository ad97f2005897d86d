export type Theme = 'system' | 'light' | 'dark';

/** A word of a cookie; whatever else stands there means the system's theme. */
export function themeOf(text: string | undefined): Theme {
  return text === 'light' || text === 'dark' ? text : 'system';
}
