import Cluster
import Document
import Manifest
import System

/// Telling the cluster what became of the pod.
extension PodWorker {
    /// Writes the status if it is another one than the cluster has; one write at a time, the newest status last.
    func report() {
        guard !facts.isFinished, !isStopped, status != pod.manifest.status else { return }
        isReportDue = true
        guard !isReporting else { return }
        isReporting = true
        run { await self.writeReports() }
    }

    private var status: Value {
        PodStatus(pod: pod, facts: facts, now: now, hostAddress: services.machine.address).value()
    }

    private func writeReports() async {
        defer { isReporting = false }
        while isReportDue, !isStopped {
            isReportDue = false
            do {
                try await writeStatus()
            } catch let error as ClusterError where error.reason == .notFound {
                return
            } catch is CancellationError {
                return
            } catch {
                services.log.warning("\(pod.label): cannot write the status: \(error)")
                isReportDue = true
                guard (try? await services.clock.sleep(.milliseconds(500))) != nil else { return }
            }
        }
    }

    private func writeStatus() async throws {
        let status = self.status
        var object = pod.manifest
        if object.status != status {
            object.value["status"] = status
            do {
                adopt(try await services.cluster.update(object, PodServices.statusOptions))
            } catch let error as ClusterError where error.reason == .conflict {
                let live = try await services.cluster.get(object.key)
                guard live.uid == pod.uid else { throw ClusterError.notFound(object.key) }
                adopt(live)
                isReportDue = true
                return
            }
        }
        let phase = status["phase"]?.string
        if phase == "Succeeded" || phase == "Failed", !facts.isEndReported {
            facts.isEndReported = true
            evaluate()
        } else if self.status != pod.manifest.status {
            isReportDue = true
        }
    }

    /// Goes on from what the cluster has now.
    private func adopt(_ manifest: Manifest) {
        let wasDeleted = pod.deletion != nil
        // A deletion that the worker made up itself is not to be forgotten.
        if wasDeleted, manifest.deletionTimestamp == nil { return }
        pod = PodSpec(manifest)
        if !wasDeleted, pod.deletion != nil { evaluate() }
    }
}
