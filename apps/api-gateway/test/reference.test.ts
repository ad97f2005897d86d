import { describe, expect, it } from '@jest/globals';
import { openApiDocument, ROUTES } from '@relay/contract';
import { call, serveTests } from './harness.ts';

const { gateway } = await serveTests();

describe('the reference', () => {
  it('is an OpenAPI document at /openapi.json', async () => {
    const { body, status } = await call(gateway, 'GET /openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(openApiDocument({ version: '1.2.3' }));
  });

  it('is a page at /docs that loads nothing and runs nothing', async () => {
    const { text, headers } = await call(gateway, 'GET /docs');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    expect(text).not.toMatch(/<script|<link|src=|https?:\/\/(?!relay\.dev)/);
    for (const name of Object.keys(ROUTES)) expect(text).toContain(`<details id="${name}">`);
    for (const [, name] of text.matchAll(/href="#([^"]+)"/g))
      expect(text).toContain(`id="${name}"`);
  });

  it('is read only', async () => {
    expect((await call(gateway, 'POST /docs')).status).toBe(405);
    expect((await call(gateway, 'HEAD /openapi.json')).status).toBe(200);
  });
});
