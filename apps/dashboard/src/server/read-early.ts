import { preload } from 'react-dom';
import { API_PREFIX } from '../data/paths.ts';

/**
 * Has the browser ask for what a page is about to read as soon as it knows the page, and not once all of its scripts have
 * come and run. What the scripts ask for then is answered with it: hence the same paths.
 */
export function readEarly(...paths: readonly string[]): void {
  for (const path of paths) {
    preload(`${API_PREFIX}${path}`, { as: 'fetch', crossOrigin: 'anonymous' });
  }
}
