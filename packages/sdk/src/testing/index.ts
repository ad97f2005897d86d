import { Relay } from '../index.ts';
export class FakeRelay {
  readonly relay: Relay = new Relay({ url: 'http://fake' });
}
