/**
 * The documents that the demo works on: the text files of a folder. The generator lists and indexes
 * them to know what to expect; the handlers read and index them again, somewhere else.
 */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Larger files are left out: a demo shall not wait for a log of a gigabyte. */
const MAX_BYTES = 512 * 1024;
/** Deep and wide enough for any repository; a folder such as `/` is not walked to its end. */
const MAX_DOCUMENTS = 2_000;
const MAX_DEPTH = 12;
const TEXT = /\.(md|txt|rst|adoc|ts|tsx|js|mjs|lua|json|jsonc|yaml|yml|conf|html|css)$/i;
const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);
const WORD = /[\p{L}\p{N}]+/gu;
const TOP_WORDS = 5;

/** A document, or one of its parts of about as many lines each. */
export interface Section {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** From 0. */
  readonly part: number;
  /** 1: the whole document. */
  readonly parts: number;
}

/** What indexing a section gives; the same section gives the same, wherever and however often. */
export interface DocumentIndex {
  readonly path: string;
  readonly bytes: number;
  readonly words: number;
  readonly distinct: number;
  /** SHA-256 of the section's bytes, in hexadecimal. */
  readonly checksum: string;
  /** The most frequent words with their counts; equal counts in alphabetical order. */
  readonly top: readonly (readonly [word: string, count: number])[];
}

/** The path leads out of the folder. */
export class OutsideFolderError extends Error {
  override readonly name = 'OutsideFolderError';
  readonly code = 'outside-folder';
}

/** The repository that this file is part of, from `src` as from `dist`. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** Whether `folder` can be read as one. */
export function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * The text files below a folder, sorted by path: at most 2,000 of at most 512 KiB. Hidden files,
 * links, dependencies and build output are left out.
 */
export function listDocuments(folder: string): string[] {
  const found: string[] = [];
  const walk = (dir: string, depth: number): void => {
    const entries = readdirSync(dir, { withFileTypes: true }).toSorted(byName);
    for (const entry of entries) {
      if (found.length >= MAX_DOCUMENTS) return;
      if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue;
      const path = join(dir, entry.name);
      if (entry.isDirectory() && depth < MAX_DEPTH) walk(path, depth + 1);
      else if (entry.isFile() && isDocument(path)) {
        found.push(relative(folder, path).split(sep).join('/'));
      }
    }
  };
  walk(resolve(folder), 0);
  return found;
}

/**
 * Reads one section and indexes it.
 *
 * @throws {OutsideFolderError} for a path that leads out of the folder, through a link too.
 */
export async function indexSection(folder: string, section: Section): Promise<DocumentIndex> {
  const file = await locate(folder, section.path);
  return indexText(section.path, cut(await readFile(file, 'utf8'), section));
}

async function locate(folder: string, path: string): Promise<string> {
  const root = await realpath(folder);
  const wanted = resolve(root, path);
  refuseOutside(root, wanted, path);
  const file = await realpath(wanted);
  refuseOutside(root, file, path);
  return file;
}

function refuseOutside(root: string, file: string, path: string): void {
  const way = relative(root, file);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new OutsideFolderError(`${JSON.stringify(path)} is not inside the folder of documents`);
  }
}

function cut(text: string, { part, parts }: Section): string {
  if (parts === 1) return text;
  const lines = text.split('\n');
  const edge = (n: number): number => Math.floor((lines.length * n) / parts);
  return lines.slice(edge(part), edge(part + 1)).join('\n');
}

function indexText(path: string, text: string): DocumentIndex {
  const counts = new Map<string, number>();
  let words = 0;
  for (const [word] of text.toLowerCase().matchAll(WORD)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
    words += 1;
  }
  const ranked = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    path,
    bytes: Buffer.byteLength(text),
    words,
    distinct: counts.size,
    checksum: createHash('sha256').update(text).digest('hex'),
    top: ranked.slice(0, TOP_WORDS),
  };
}

function isDocument(path: string): boolean {
  return TEXT.test(path) && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= MAX_BYTES;
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
