import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Pulse, PULSE_TIMING } from './pulse.js';

describe('Pulse', () => {
  let told: string[];
  let pulse: Pulse;
  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    const tell = (what: string) => () => void told.push(what);
    pulse = new Pulse(PULSE_TIMING, {
      ask: tell('ask'),
      quiet: tell('quiet'),
      lively: tell('lively'),
      lost: tell('lost'),
    });
  });
  afterEach(() => {
    pulse.stop();
    jest.useRealTimers();
  });

  it('asks nothing while there is something to hear', () => {
    for (let second = 0; second < 30; second++) {
      jest.advanceTimersByTime(1_000);
      pulse.heard();
    }
    expect(told).toEqual([]);
  });

  it('tells within five seconds that nobody answers, and that somebody does after all', () => {
    jest.advanceTimersByTime(5_000);
    expect(told).toEqual(['ask', 'ask', 'quiet']);
    pulse.heard();
    expect(told.at(-1)).toBe('lively');
    pulse.heard();
    expect(told.filter((what) => what === 'lively')).toHaveLength(1);
  });

  it('gives up once', () => {
    jest.advanceTimersByTime(60_000);
    expect(told.filter((what) => what === 'quiet' || what === 'lost')).toEqual(['quiet', 'lost']);
  });

  it('asks no more than Discord lets a bot', () => {
    const asked = () => told.filter((what) => what === 'ask').length;
    for (let answers = 0; answers < 240; answers++) {
      jest.advanceTimersByTime(250);
      if (asked() > 0) pulse.heard();
    }
    expect(asked()).toBeLessThanOrEqual(30);
  });
});
