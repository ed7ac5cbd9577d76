/** @file The page begins here. */
import 'uplot/dist/uPlot.min.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { Lab } from './lab.ts';

/** The page opens without a network from the second time on, where the address allows it: https, or this machine. */
function keepForOffline(): void {
  if (!('serviceWorker' in navigator)) return;
  // a browser that forbids it has a page that works all the same, while it is open
  navigator.serviceWorker.register('./offline.js').catch(() => {});
}

const lab = new Lab();
const root = document.getElementById('app');
window.addEventListener('hashchange', () => void lab.follow(location.hash));
// in a task of its own: evaluating the modules was one already
setTimeout(() => {
  if (root !== null) render(<App lab={lab} />, root);
  void lab.start(location.hash);
});
window.addEventListener('load', () => setTimeout(keepForOffline));
