import { describe, expect, it } from 'vitest';
import type { Link } from '../connection.ts';
import { describeCredentials } from './credentials.ts';

const link = (name: string, credential: string): Link => ({
  url: 'https://example.com',
  connection: { to: 'internet' },
  secrets: [{ name, keys: { key: { from: 'credential', credential } } }],
});

describe('the credentials of existing parts', () => {
  it('are one secret for each that a link needs, at its own rotation', () => {
    const links = [undefined, link('redis-auth', 'a'), link('litellm-keys', 'b'), link('redis-auth', 'a')];
    expect(describeCredentials({ links, rotation: { 'redis-auth': 4 } })).toEqual({
      workloads: [],
      secrets: [
        { name: 'redis-auth', rotation: 4, keys: { key: { from: 'credential', credential: 'a' } } },
        { name: 'litellm-keys', rotation: 1, keys: { key: { from: 'credential', credential: 'b' } } },
      ],
    });
  });

  it('are none where the stack runs everything itself', () => {
    const own: Link = { url: 'http://tei:8080', connection: { to: 'workload', workload: 'tei', port: 'http' } };
    expect(describeCredentials({ links: [own, undefined], rotation: {} })).toEqual({ workloads: [], secrets: [] });
  });
});
