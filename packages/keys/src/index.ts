export { createKey, type NewKey, revokeKey, rotateKey } from './changes.ts';
export { KeyFileError, KeyInputError } from './errors.ts';
export {
  type ApiKey,
  hashSecret,
  type NewSecret,
  newSecret,
  parseKeys,
  parseToken,
  readKeyFile,
} from './key-file.ts';
