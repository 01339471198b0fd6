import type { Namespaces } from './namespaces.ts';

/**
 * Settings of the whole machine that a kubelet wants, below /proc/sys, and writes where they are others: more memory is promised
 * than there is, and the machine starts anew ten seconds after its kernel has failed.
 */
const wanted = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
};

/** Has the node find these settings as a kubelet wants them, by files in their place, so that the machine's stay as they are. */
export async function showWantedSettings(namespaces: Namespaces): Promise<void> {
  const script = 'mkdir -p "$1" && echo "$3" >"$1/value" && mount --bind "$1/value" "/proc/sys/$2"';
  for (const [setting, value] of Object.entries(wanted)) {
    await namespaces.run('sh', '-c', script, 'sh', `/run/kernel-settings/${setting}`, setting, String(value));
  }
}
