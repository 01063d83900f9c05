import { describe, expect, it } from '@jest/globals';
import { fuse } from './fuse.js';

const nos = (...parts: Parameters<typeof fuse>) => fuse(...parts).map(({ no }) => no);

describe('fuse', () => {
  it('puts what both have found before what one has', () => {
    const words = [
      { no: '1', score: 0.9 },
      { no: '2', score: 0.5 },
    ];
    const near = [
      { no: '3', cosine: 0.8 },
      { no: '2', cosine: 0.7 },
    ];
    expect(nos(words, near)).toEqual(['2', '1', '3']);
  });

  it('scores by the better of both, and never higher than the one before', () => {
    const words = [
      { no: '1', score: 0.9 },
      { no: '2', score: 0.2 },
    ];
    const near = [
      { no: '2', cosine: 0.6 },
      { no: '3', cosine: 0.95 },
      { no: '1', cosine: 0.1 },
    ];
    expect(fuse(words, near)).toEqual([
      { no: '1', score: 0.9 },
      { no: '2', score: 0.6 },
      { no: '3', score: 0.6 },
    ]);
    const scores = fuse(words, near).map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('takes scores from 0 to 1, whatever the cosine', () => {
    expect(fuse([], [{ no: '1', cosine: -0.4 }])).toEqual([{ no: '1', score: 0 }]);
    expect(fuse([], [{ no: '1', cosine: 1.000_01 }])).toEqual([{ no: '1', score: 1 }]);
  });

  it('counts the best 200 of each, and a cosine for whatever the words have found', () => {
    const words = Array.from({ length: 300 }, (_, at) => ({ no: `w${at}`, score: 0.1 }));
    const near = Array.from({ length: 300 }, (_, at) => ({ no: `n${at}`, cosine: 0.5 }));
    const found = nos(words, [...near, { no: 'w0', cosine: 0.2 }, { no: 'w299', cosine: 0.2 }]);
    expect(found).toHaveLength(400);
    expect(found).not.toContain('w299');
    const [, second] = fuse([{ no: '1', score: 0.1 }], [...near, { no: '1', cosine: 0.2 }]);
    expect(second).toEqual({ no: '1', score: 0.2 });
  });

  it('is the words’ own order where nothing is near', () => {
    const words = [
      { no: '2', score: 0.4 },
      { no: '1', score: 0.3 },
    ];
    expect(fuse(words, [])).toEqual(words);
  });
});
