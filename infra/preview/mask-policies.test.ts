import { describe, expect, it } from 'vitest';
import { secretInConfigMapFixture } from '../../policies/fixtures/secret-in-config-map.ts';
import { secretInEnvFixture } from '../../policies/fixtures/secret-in-env.ts';
import { changed, judge } from '../../policies/fixtures/judge.ts';
import { secretInConfigMap } from '../../policies/rules/secret-in-config-map.ts';
import { secretInEnv } from '../../policies/rules/secret-in-env.ts';
import type { Manifest } from '../render/manifest.ts';
import { previewComment } from './comment.ts';
import { previewOfManifests } from './from-manifests.ts';
import { Mask } from './mask.ts';
import { reveal } from './secret-token.ts';

const shown = (object: object): Manifest => {
  const mask = new Mask();
  mask.learn({ ...object }, true);
  // In YAML, `[secret]` would be a list with a word; `***` in base64 for the files.
  const text = reveal(JSON.stringify(mask.pair(undefined, { ...object }).after)).replaceAll('[secret]', '***');
  return JSON.parse(text) as Manifest;
};

describe('what the policies find is masked in a comment', () => {
  const cases = [
    [secretInConfigMapFixture, secretInConfigMap],
    [secretInEnvFixture, secretInEnv],
  ] as const;
  it.each(
    cases.flatMap(([fixture, rule]) =>
      fixture.fails.map((failing) => [fixture, rule, failing.title, failing] as const),
    ),
  )('%#: %s %s %s', (fixture, rule, _, failing) => {
    const objects = changed(fixture.passes, failing.change);
    const masked = { ...fixture, passes: objects.map(shown), alsoPasses: [], fails: [] };
    expect(judge(masked, [rule])).toEqual([]);
    expect(judge({ ...masked, passes: objects }, [rule])).not.toEqual([]);
  });
});

describe('a secret with a common name', () => {
  const secret = 'Zx81spectrum';
  it.each([
    ['app.yaml', `SMTP_PASS: ${secret}\n`],
    ['redis.conf', `requirepass ${secret}\n`],
    ['redis.conf', `appendonly yes\nmasterauth ${secret}\n`],
    ['kubeconfig', `users:\n  - user:\n      client-key-data: ${secret}\n`],
    ['alerts.yml', `slack_api_url: https://hooks.slack.com/services/T0/B0/${secret}0000\n`],
    ['url', `https://a.example.com/blob?sv=1&sig=${secret}&x=y`],
    ['run.sh', `curl -u admin:${secret} https://a.example.com\n`],
    ['app.json', '{"password": 81818, "a": 1}'],
    ['app.env', `OPENAI_KEY=${secret}\nSTRIPE_KEY=${secret}\n`],
  ])('is masked in %s: %s', (key, text) => {
    const object: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { [key]: text } };
    const comment = previewComment([previewOfManifests('dev', [], [object])], { policies: new Map() });
    expect(comment).toContain('[secret]');
    expect(comment).not.toMatch(/Zx81spectrum|81818/);
  });
});
