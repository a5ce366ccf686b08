import { describe, expect, it } from 'vitest';

import { accept, addClause, complete, mark, nameAt, quote } from '../../../src/features/events/query';

describe('marking the place of a fault', () => {
  it('marks from start to end', () => {
    expect(mark('a AND bad:1', 6, 9)).toEqual({ before: 'a AND ', marked: 'bad', after: ':1' });
  });

  it('counts characters as the server does, not UTF-16 units', () => {
    expect(mark('域名:"😀" bad', 7, 10)).toEqual({ before: '域名:"😀" ', marked: 'bad', after: '' });
  });

  it('marks at least one place, also at the end of the text', () => {
    expect(mark('(a', 2, 2)).toEqual({ before: '(a', marked: ' ', after: '' });
    expect(mark('', 0, 0)).toEqual({ before: '', marked: ' ', after: '' });
    expect(mark('ab', 99, 120)).toEqual({ before: 'ab', marked: ' ', after: '' });
    expect(mark('ab', -3, 1)).toEqual({ before: '', marked: 'a', after: 'b' });
  });
});

describe('adding a clause', () => {
  it('quotes what could be syntax', () => {
    expect(quote('a "b" \\ (c)')).toBe('"a \\"b\\" \\\\ (c)"');
  });

  it('starts, extends, excludes, replaces', () => {
    expect(addClause('', 'source.ip', '10.0.0.1', 'include')).toBe('source.ip:"10.0.0.1"');
    expect(addClause('*', 'source.ip', '10.0.0.1', 'exclude')).toBe('NOT source.ip:"10.0.0.1"');
    expect(addClause('a:1', 'b', '2', 'include')).toBe('a:1 AND b:"2"');
    expect(addClause('a:1', 'b', '2', 'only')).toBe('b:"2"');
  });

  it('keeps alternatives together', () => {
    expect(addClause('a:1 OR a:2', 'b', '3', 'include')).toBe('(a:1 OR a:2) AND b:"3"');
  });

  it('adds the same clause once', () => {
    expect(addClause('b:"3" AND a:1', 'b', '3', 'include')).toBe('b:"3" AND a:1');
  });
});

describe('completing', () => {
  const fields = [
    { name: 'dns.question.name', zh: '查询名' },
    { name: 'source.ip', zh: '源地址' },
    { name: 'destination.ip', zh: '目的地址' },
    { name: 'event.dataset', zh: '数据集' },
  ];

  it('finds the name at the caret', () => {
    expect(nameAt('a:1 AND dns.q', 13)).toEqual({ text: 'dns.q', start: 8, end: 13 });
    expect(nameAt('sou AND b:2', 2)).toEqual({ text: 'so', start: 0, end: 3 });
  });

  it.each(['a:dns', 'a: dns', 'a:"x dns', 'a:>dns', 'a:[dns', ''])('offers nothing inside a value: %j', (text) => {
    expect(nameAt(text, text.length)).toBeNull();
  });

  it('ranks beginnings first and knows the Chinese labels', () => {
    expect(complete(fields, 'd').map((field) => field.name)).toEqual(['destination.ip', 'dns.question.name', 'event.dataset']);
    expect(complete(fields, 'ip').map((field) => field.name)).toEqual(['destination.ip', 'source.ip']);
    expect(complete(fields, '源').map((field) => field.name)).toEqual(['source.ip']);
    expect(complete(fields, 'zz')).toEqual([]);
  });

  it('replaces the whole name and does not double the colon', () => {
    const token = nameAt('sou:1', 3);
    expect(token && accept('sou:1', token, 'source.ip')).toEqual({ text: 'source.ip:1', caret: 10 });
  });
});
