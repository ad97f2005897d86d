/** A segment of an address as the text that it stands for; one that stands for none is taken as it is. */
export function segment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether all of a path stands for a text. Next answers others with a bare error. */
export function isReadable(pathname: string): boolean {
  try {
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}
