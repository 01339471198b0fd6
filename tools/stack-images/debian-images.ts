import { debianRecipe } from './debian-image.ts';
import { programSuite } from './debian-root.ts';
import type { Recipe } from './recipe.ts';

/** Images of programs that Debian has, by repository. */
export const debianImages: Readonly<Record<string, Recipe>> = {
  'docker.io/library/redis': debianRecipe({
    kind: 'real',
    release: '7.0',
    what: `Redis 7.0 from Debian ${programSuite}`,
    suite: programSuite,
    // dash and grep are what its probe runs.
    packages: ['redis-server', 'dash', 'grep'],
    config: { Entrypoint: ['redis-server'], WorkingDir: '/data' },
  }),
  'docker.io/oliver006/redis_exporter': debianRecipe({
    kind: 'real',
    release: '1.45',
    what: `The exporter for Redis 1.45 from Debian ${programSuite}`,
    suite: programSuite,
    packages: ['prometheus-redis-exporter'],
    links: { '/redis_exporter': '/usr/bin/prometheus-redis-exporter' },
    config: { Entrypoint: ['/redis_exporter'] },
  }),
};
