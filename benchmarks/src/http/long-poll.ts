import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { randomText } from '../harness/text.ts';
