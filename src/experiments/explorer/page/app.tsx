/** @file The frame of the page: heading, the two views, what is told. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { VIEWS } from '../core/address.ts';
import { droppedFiles } from './files.ts';
import type { Lab } from './lab.ts';
import type { LabState } from './lab-state.ts';
import { CurvaturePanel } from './parts/curvature-panel.tsx';
import { DataPanel } from './parts/data-panel.tsx';
import { InfluencePanel } from './parts/influence-panel.tsx';
import { LadderPanel } from './parts/ladder-panel.tsx';
import { NetworkPanel } from './parts/network-panel.tsx';
import { Part } from './parts/part.tsx';
import { PlaneView } from './parts/plane-view.tsx';
import { QueryPanel } from './parts/query-panel.tsx';
import { WhatIfPanel } from './parts/what-if-panel.tsx';
import { useLab } from './use-lab.ts';

const NAMES = { data: 'Your data', plane: 'In the plane' } as const;

export function App({ lab }: { lab: Lab }): JSX.Element {
  const state = useLab(lab);
  const { view, error, message, work } = state;
  return (
    <>
      <header>
        <h1>
          eigenfluence <span>explorer</span>
        </h1>
        <nav aria-label="Views">
          {VIEWS.map((name) => (
            <button
              key={name}
              type="button"
              aria-current={view.view === name ? 'page' : undefined}
              onClick={() => lab.look({ view: name })}
            >
              {NAMES[name]}
            </button>
          ))}
        </nav>
      </header>
      <main>
        {view.view === 'data' ? (
          <OwnData lab={lab} state={state} />
        ) : (
          <Part on={[]} draw={() => <PlaneView page={lab} />} />
        )}
      </main>
      <div class="status" data-busy={work !== undefined}>
        {work !== undefined && (
          <>
            <span>{work.what} …</span>
            <progress max={1} value={work.done} aria-label={work.what} />
            <button type="button" onClick={() => lab.cancel()}>
              Cancel
            </button>
          </>
        )}
        {error !== undefined && (
          <p role="alert" class="error">
            {error}
          </p>
        )}
        <p role="status" class="unseen">
          {message}
        </p>
      </div>
    </>
  );
}

function OwnData({ lab, state }: { lab: Lab; state: LabState }): JSX.Element {
  const dragging = useDrop(lab);
  const { opened, table, view, trained, curve, work, fits, scored, ladder, whatIf, lds } = state;
  const busy = work !== undefined;
  return (
    <div class={dragging ? 'dragging' : ''}>
      <Part on={[opened, table]} draw={() => <DataPanel lab={lab} state={state} />} />
      {opened !== undefined && (
        <Part
          on={[view.settings, trained, curve, work?.what]}
          draw={() => <NetworkPanel lab={lab} state={state} />}
        />
      )}
      {trained !== undefined && (
        <>
          <Part
            on={[opened, trained, view.query, view.measurement]}
            draw={() => <QueryPanel lab={lab} state={state} />}
          />
          <Part
            on={[fits, view.rung, view.rule, view.value, scored]}
            draw={() => <CurvaturePanel lab={lab} state={state} />}
          />
          <Part
            on={[opened, scored, ladder, view.removed]}
            draw={() => <InfluencePanel lab={lab} state={state} />}
          />
          <Part
            on={[opened, whatIf, view.removed, busy]}
            draw={() => <WhatIfPanel lab={lab} state={state} />}
          />
          <Part on={[lds, busy]} draw={() => <LadderPanel lab={lab} state={state} />} />
        </>
      )}
    </div>
  );
}

/** Files may be dropped anywhere. @returns whether something is held over the page. */
function useDrop(lab: Lab): boolean {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setDragging(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setDragging(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setDragging(false);
      if (event.dataTransfer !== null)
        void droppedFiles(event.dataTransfer).then((files) => lab.openFiles(files));
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [lab]);
  return dragging;
}
