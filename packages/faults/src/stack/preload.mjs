// Given to a service with `node --import`: its broker reads some of its Lua files from FAULTS_LUA, a JSON file of texts
// by path under `lua`, without ending. Production code knows nothing of this.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const texts = JSON.parse(fs.readFileSync(process.env.FAULTS_LUA ?? '', 'utf8'));
const read = fs.readFileSync;

fs.readFileSync = (path, options) => {
  const name = /\/packages\/broker\/lua\/(.+)\.lua$/.exec(String(path))?.[1];
  const text = name === undefined ? undefined : texts[name];
  return text ?? read(path, options);
};
syncBuiltinESMExports();
