/** @file The state of the page in a component. */
import { useEffect, useState } from 'preact/hooks';
import type { Lab } from './lab.ts';
import type { LabState } from './lab-state.ts';

/** The state; the component is drawn again when it changes. */
export function useLab(lab: Lab): LabState {
  const [state, setState] = useState(lab.state);
  useEffect(() => {
    setState(lab.state);
    return lab.subscribe(() => setState(lab.state));
  }, [lab]);
  return state;
}
