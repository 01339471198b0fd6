import { describe, expect, it } from 'vitest';
import { namesService } from './service-name.ts';

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' } };

describe('an address', () => {
  it.each([
    'web',
    'web:9090',
    'web.shop',
    'web.shop.svc:80',
    'web.shop.svc.cluster.local',
    'web.shop.svc.cluster.local.:80',
    'web-0.web',
    'web-0.web.shop.svc.example.org',
    '_http._tcp.web.shop.svc.cluster.local',
  ])('%s names the Service of its namespace', (address) => {
    expect(namesService(address, 'shop', service)).toBe(true);
  });

  it.each(['web.shop', 'web.shop.svc:80', 'web-0.web.shop.svc'])('%s names it from elsewhere', (address) => {
    expect(namesService(address, 'monitoring', service)).toBe(true);
  });

  it.each(['web', 'web:80', 'web-0.web'])('%s names none of another namespace', (address) => {
    expect(namesService(address, 'monitoring', service)).toBe(false);
  });

  it.each(['', 'website', 'shop', 'web.other', 'web.other.svc', 'web.shop.example.com', '10.0.0.1:80'])(
    '%s names another, or none',
    (address) => {
      expect(namesService(address, 'shop', service)).toBe(false);
    },
  );
});
