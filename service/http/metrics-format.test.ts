import { describe, expect, it } from 'vitest';
import { preferredFormat } from './metrics-format.ts';

describe('the format of metrics', () => {
  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['whoever takes anything', '*/*'],
    ['whoever takes any text', 'text/*'],
    ['whoever wants text more', 'application/openmetrics-text;q=0.5,text/plain;q=0.9'],
    ['whoever takes anything before OpenMetrics', '*/*, application/openmetrics-text;q=0.5'],
    ['whoever wants no OpenMetrics', 'application/openmetrics-text;q=0,*/*;q=0.1'],
    ['a version of OpenMetrics that is not served', 'application/openmetrics-text;version=2.0.0'],
    ['a header that is none', ';;;q=,,/'],
  ])('is text for %s', (_, accept) => {
    expect(preferredFormat(accept)).toBe('text');
  });

  it.each([
    ['whoever asks for it', 'application/openmetrics-text'],
    ['whoever asks for its version', 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
    ['whoever writes it otherwise', 'Application/OpenMetrics-Text;Version="1.0.0"'],
    ['whoever likes text as much', 'text/plain,application/openmetrics-text'],
    ['whoever takes text of another version', 'text/plain;version=1.0.0,application/openmetrics-text;q=0.5'],
    [
      // What text/plain itself says counts more than what is said of anything.
      'whoever wants text less than anything else',
      '*/*,text/plain;q=0.1,application/openmetrics-text;q=0.5',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
        'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    ],
    [
      'Prometheus 3 that prefers protobuf',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,' +
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,' +
        'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    ],
  ])('is OpenMetrics for %s', (_, accept) => {
    expect(preferredFormat(accept)).toBe('openmetrics');
  });
});
