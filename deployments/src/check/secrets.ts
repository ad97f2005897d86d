/**
 * The Secrets and ConfigMaps that no manifest holds, with their keys: `deployments/README.md` says how each is made of
 * the files of `deployments/secrets.mjs`.
 */
export const MADE_BY_HAND: Readonly<Record<string, readonly string[]>> = {
  'relay-api-gateway': ['redis-url', 'api-keys.json'],
  'relay-worker': ['redis-url'],
  'relay-reaper-promoter': ['redis-url'],
  'relay-dashboard': ['api-key', 'users.json', 'session-secret'],
  'relay-keda': ['api-key'],
  'relay-redis': ['users.acl'],
  'relay-redis-ca': ['ca.crt'],
};
