// The self-test of an engine: tries to get out of the sandbox, and tells what it could do.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';

const seconds = 3_000;

function succeeds(work) {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function reaches(port, host) {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: seconds });
    const end = (reached) => {
      socket.destroy();
      resolve(reached);
    };
    socket
      .on('connect', () => end(true))
      .on('error', () => end(false))
      .on('timeout', () => end(false));
  });
}

function forks(most) {
  return new Promise((resolve) => {
    const script = `i=0; while [ $i -lt ${most} ]; do sleep 5 & i=$((i+1)); echo $i; done`;
    const shell = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    let lines = '';
    shell.stdout.on('data', (chunk) => {
      lines += chunk;
      if (lines.trim().split('\n').length >= most) resolve(most);
    });
    shell.on('error', () => resolve(-1));
    shell.on('exit', () => resolve(lines.trim() === '' ? 0 : lines.trim().split('\n').length));
    setTimeout(() => resolve(lines.trim().split('\n').length), seconds);
  });
}

export default async function probe({ port, gatewayPid, canary, forks: most }) {
  const shell = most === undefined ? undefined : await forks(most);
  return {
    canary: succeeds(() => readFileSync(canary)),
    passwd: succeeds(() => readFileSync('/etc/passwd')),
    gateway: succeeds(() => process.kill(gatewayPid, 0)),
    environment: succeeds(() => readFileSync(`/proc/${gatewayPid}/environ`)),
    write: ['/', '/tmp/', '/skill/', '/dev/shm/'].some((path) => succeeds(() => writeFileSync(`${path}x`, 'x'))),
    root: succeeds(() => readdirSync('/')),
    loopback: await reaches(port, '127.0.0.1'),
    shell,
    uid: process.getuid?.() ?? -1,
  };
}
