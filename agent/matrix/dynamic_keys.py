"""Keys of dynamic configuration that a release no longer has, and what took their place.

A server leaves such a key out; from 1.25 on it logs a warning (`unregistered key`,
common/dynamicconfig/yaml_loader.go). Keys are compared without regard to case (file_based_client.go).
"""

from __future__ import annotations

from types import MappingProxyType

from packaging.version import Version as Number

from agent.matrix.release import Release

#: Read from the keys of every release: temporalio/temporal at each tag, of 1.32 from its Go modules.
SOURCE = "temporalio/temporal at every release's tag: common/dynamicconfig/constants.go, New…Setting"

#: As the release before declared them to be replaced (common/dynamicconfig/constants.go@v1.23.1), and
#: chasm/lib/callback/config.go@v1.32.0.
_REPLACED = MappingProxyType(
    {
        "system.standardVisibilityPersistenceMaxReadQPS": "system.visibilityPersistenceMaxReadQPS",
        "system.standardVisibilityPersistenceMaxWriteQPS": "system.visibilityPersistenceMaxWriteQPS",
        "system.advancedVisibilityPersistenceMaxReadQPS": "system.visibilityPersistenceMaxReadQPS",
        "system.advancedVisibilityPersistenceMaxWriteQPS": "system.visibilityPersistenceMaxWriteQPS",
        "system.advancedVisibilityWritingMode": "system.secondaryVisibilityWritingMode",
        "system.enableWriteToSecondaryAdvancedVisibility": "system.secondaryVisibilityWritingMode",
        "system.enableReadVisibilityFromES": "system.enableReadFromSecondaryVisibility",
        "system.enableReadFromSecondaryAdvancedVisibility": "system.enableReadFromSecondaryVisibility",
        "chasm.callback.allowedAddresses": "callback.allowedAddresses",
        "component.callbacks.allowedAddresses": "callback.allowedAddresses",
    }
)

#: The release without them, and its keys that an earlier one had.
_DROPPED = {
    "1.4.0": (
        "frontend.enableCleanupReplicationTask frontend.enableRPCReplication "
        "history.defaultWorkflowExecutionTimeout history.defaultWorkflowRunTimeout "
        "history.EnableCleanupReplicationTask history.EnableKafkaReplication history.EnableRPCReplication "
        "history.maximumWorkflowExecutionTimeout history.maximumWorkflowRunTimeout "
        "system.enableGlobalNamespace system.maxWorkflowTaskTimeout worker.enableKafkaReplication "
        "worker.enableWorkerRPCReplication"
    ),
    "1.5.0": "system.enableInfiniteTimeout",
    "1.6.0": "history.executionMgrNumConns history.historyMgrNumConns",
    "1.7.0": "history.adminOperationToken history.enableAdminProtection",
    "1.8.0": "history.visibilityProcessorEnabled history.visibilityQueue",
    "1.10.3": "matching.enableSyncMatch",
    "1.11.0": "system.minRetentionDays",
    "1.12.0": (
        "frontend.historyMgrNumConns frontend.validSearchAttributes worker.BlobIntegrityCheckProbability "
        "worker.DeterministicConstructionCheckProbability worker.EnableArchivalCompression "
        "worker.replicationTaskContextDuration worker.replicationTaskMaxRetryCount "
        "worker.replicationTaskMaxRetryDuration worker.replicatorActivityBufferRetryCount "
        "worker.replicatorHistoryBufferRetryCount worker.replicatorMessageConcurrency "
        "worker.replicatorMetaTaskConcurrency worker.replicatorTaskConcurrency "
        "worker.WorkerHistoryPageSize worker.workerReReplicationContextTimeout "
        "worker.WorkerTargetArchivalBlobSize"
    ),
    "1.13.0": (
        "frontend.esVisibilityListMaxQPS frontend.visibilityListMaxQPS "
        "history.historyVisibilityClosedMaxQPS history.historyVisibilityOpenMaxQPS "
        "matching.resilientSyncMatch system.enableVisibilitySampling"
    ),
    "1.14.0": "system.enableDBRecordVersion",
    "1.15.0": (
        "history.DropStuckTaskByNamespace history.ReplicationEventsFromCurrentCluster "
        "history.ReplicationTaskProcessorStartWaitJitterCoefficient "
        "history.replicatorProcessorUpdateShardTaskCount history.taskProcessRPS "
        "history.taskSchedulerQueueSize history.taskSchedulerRoundRobinWeight history.taskSchedulerType "
        "history.taskSchedulerWorkerCount history.tieredStorageProcessorArchivalTimeLimit "
        "history.tieredStorageProcessorCompleteTaskFailureRetryCount "
        "history.tieredStorageProcessorCompleteTaskInterval "
        "history.tieredStorageProcessorEnablePriorityTaskProcessor "
        "history.tieredStorageProcessorFailoverMaxPollRPS history.tieredStorageProcessorMaxPollInterval "
        "history.tieredStorageProcessorMaxPollIntervalJitterCoefficient "
        "history.tieredStorageProcessorMaxPollRPS history.tieredStorageProcessorMaxRedispatchQueueSize "
        "history.tieredStorageProcessorRedispatchInterval "
        "history.tieredStorageProcessorRedispatchIntervalJitterCoefficient "
        "history.tieredStorageProcessorUpdateAckInterval "
        "history.tieredStorageProcessorUpdateAckIntervalJitterCoefficient "
        "history.tieredStorageProcessorUpdateShardTaskCount history.tieredStorageTaskBatchSize "
        "history.tieredStorageTaskMaxRetryCount history.tieredStorageTaskWorkerCount "
        "history.timerProcessorGetFailureRetryCount history.timerProcessorUpdateShardTaskCount "
        "history.visibilityProcessorUpdateShardTaskCount system.enablePriorityTaskProcessor"
    ),
    "1.17.0": (
        "history.replicatorProcessorMaxRedispatchQueueSize history.replicatorProcessorRedispatchInterval "
        "history.replicatorProcessorRedispatchIntervalJitterCoefficient "
        "history.timerProcessorEnablePriorityTaskProcessor history.timerProcessorMaxRedispatchQueueSize "
        "history.timerProcessorRedispatchInterval "
        "history.timerProcessorRedispatchIntervalJitterCoefficient "
        "history.transferProcessorEnablePriorityTaskProcessor "
        "history.transferProcessorMaxRedispatchQueueSize history.transferProcessorRedispatchInterval "
        "history.transferProcessorRedispatchIntervalJitterCoefficient "
        "history.visibilityProcessorEnablePriorityTaskProcessor "
        "history.visibilityProcessorMaxRedispatchQueueSize history.visibilityProcessorRedispatchInterval "
        "history.visibilityProcessorRedispatchIntervalJitterCoefficient"
    ),
    "1.17.1": "system.enableActivityLocalDispatch",
    "1.17.3": (
        "history.replicatorProcessorRescheduleInterval "
        "history.replicatorProcessorRescheduleIntervalJitterCoefficient "
        "history.timerProcessorRescheduleInterval "
        "history.timerProcessorRescheduleIntervalJitterCoefficient "
        "history.transferProcessorRescheduleInterval "
        "history.transferProcessorRescheduleIntervalJitterCoefficient "
        "history.visibilityProcessorRescheduleInterval "
        "history.visibilityProcessorRescheduleIntervalJitterCoefficient worker.schedulerNumWorkers"
    ),
    "1.18.0": (
        "frontend.enableClientVersionCheck history.timerProcessorCompleteTimerFailureRetryCount "
        "history.timerProcessorEnableSingleCursor history.timerProcessorSchedulerQueueSize "
        "history.timerProcessorSchedulerRoundRobinWeights history.timerTaskHighPriorityRPS "
        "history.transferProcessorCompleteTransferFailureRetryCount "
        "history.transferProcessorEnableSingleCursor history.transferProcessorSchedulerQueueSize "
        "history.transferProcessorSchedulerRoundRobinWeights history.transferTaskHighPriorityRPS "
        "history.visibilityProcessorCompleteTaskFailureRetryCount "
        "history.visibilityProcessorFailoverMaxPollRPS history.visibilityProcessorSchedulerQueueSize "
        "history.visibilityProcessorSchedulerRoundRobinWeights history.visibilityTaskHighPriorityRPS "
        "worker.BatcherMaxConcurrentActivityExecutionSize worker.BatcherMaxConcurrentActivityTaskPollers "
        "worker.BatcherMaxConcurrentWorkflowTaskExecutionSize "
        "worker.BatcherMaxConcurrentWorkflowTaskPollers"
    ),
    "1.20.0": (
        "history.archivalProcessorSchedulerRoundRobinWeights history.archivalTaskMaxRetryCount "
        "history.emitShardDiffLog history.replicatorProcessorMaxReschedulerSize "
        "history.replicatorTaskMaxRetryCount history.timerProcessorEnableMultiCursor "
        "history.timerProcessorEnablePriorityTaskScheduler history.timerProcessorEnableSingleProcessor "
        "history.timerProcessorMaxReschedulerSize history.timerTaskMaxRetryCount "
        "history.timerTaskWorkerCount history.transferProcessorEnableMultiCursor "
        "history.transferProcessorEnablePriorityTaskScheduler "
        "history.transferProcessorEnableSingleProcessor history.transferProcessorMaxReschedulerSize "
        "history.transferTaskMaxRetryCount history.transferTaskWorkerCount "
        "history.visibilityProcessorEnableMultiCursor "
        "history.visibilityProcessorEnablePriorityTaskScheduler "
        "history.visibilityProcessorMaxReschedulerSize history.visibilityTaskMaxRetryCount "
        "history.visibilityTaskWorkerCount matching.useOldRouting"
    ),
    "1.21.0": (
        "frontend.esIndexMaxResultWindow limit.versionGraphNodeSize matching.idleTaskqueueCheckInterval "
        "matching.metadataPollFrequency"
    ),
    "1.21.4": "history.eventsCacheInitialSizeBytes",
    "1.22.0": "history.durableArchivalEnabled history.eventsCacheInitialSize history.eventsCacheMaxSize",
    "1.23.0": (
        "frontend.visibilityArchivalQueryMaxQPS frontend.visibilityArchivalQueryMaxRangeInDays "
        "history.archiveRequestRPS history.archiveSignalTimeout history.numArchiveSystemWorkflows "
        "history.taskSchedulerThrottleDuration history.timerProcessorArchivalTimeLimit "
        "history.timerProcessorHistoryArchivalSizeLimit "
        "history.transferProcessorVisibilityArchivalTimeLimit "
        "history.visibilityProcessorVisibilityArchivalTimeLimit worker.ArchivalsPerIteration "
        "worker.ArchiverConcurrency worker.ArchiverMaxConcurrentActivityExecutionSize "
        "worker.ArchiverMaxConcurrentActivityTaskPollers "
        "worker.ArchiverMaxConcurrentWorkflowTaskExecutionSize "
        "worker.ArchiverMaxConcurrentWorkflowTaskPollers worker.TimeLimitPerArchivalIteration"
    ),
    "1.24.0": (
        "frontend.enablePersistencePriorityRateLimiting frontend.namespaceBurst "
        "frontend.namespaceBurst.namespaceReplicationInducingAPIs frontend.namespaceBurst.visibility "
        "history.enableAPIGetCurrentRunIDLock history.enablePersistencePriorityRateLimiting "
        "history.queueMaxReaderCount history.ReplicationBypassCorruptedData "
        "history.ReplicationStreamMinReconnectDuration history.ReplicationTaskProcessorStartWait "
        "history.replicatorProcessorEnablePriorityTaskProcessor history.replicatorProcessorMaxPollRPS "
        "history.replicatorProcessorUpdateAckInterval "
        "history.replicatorProcessorUpdateAckIntervalJitterCoefficient history.replicatorTaskWorkerCount "
        "history.timerProcessorCompleteTimerInterval history.timerProcessorFailoverMaxPollRPS "
        "history.transferProcessorCompleteTransferInterval history.transferProcessorFailoverMaxPollRPS "
        "history.transferProcessorUpdateShardTaskCount history.visibilityProcessorCompleteTaskInterval "
        "matching.enablePersistencePriorityRateLimiting system.advancedVisibilityPersistenceMaxReadQPS "
        "system.advancedVisibilityPersistenceMaxWriteQPS system.advancedVisibilityWritingMode "
        "system.enableAuthorization system.enableReadFromSecondaryAdvancedVisibility "
        "system.enableReadVisibilityFromES system.enableWriteToSecondaryAdvancedVisibility "
        "system.standardVisibilityPersistenceMaxReadQPS system.standardVisibilityPersistenceMaxWriteQPS "
        "worker.enablePersistencePriorityRateLimiting"
    ),
    "1.25.0": (
        "frontend.accessHistoryFraction frontend.adminDeleteAccessHistoryFraction "
        "frontend.enableCallbackAttachment frontend.enableNexusAPIs frontend.maxCallbacksPerWorkflow "
        "frontend.refreshNexusIncomingServicesLongPollTimeout frontend.refreshNexusIncomingServicesMinWait "
        "history.continueAsNewMinInterval history.enableMutableStateTransitionHistory "
        "history.outboundProcessorEnabled history.shardOwnershipAssertionEnabled history.stickyTTL "
        "limit.incomingServiceListDefaultPageSize limit.incomingServiceListMaxPageSize "
        "limit.incomingServiceMaxSize limit.incomingServiceNameMaxLength "
        "limit.outgoingServiceListDefaultPageSize limit.outgoingServiceListMaxPageSize "
        "limit.outgoingServiceNameMaxLength limit.outgoingServiceURLMaxLength "
        "matching.listNexusIncomingServicesLongPollTimeout"
    ),
    "1.26.2": "worker.enableBatcher",
    "1.27.0": (
        "component.scheduler.executionTimeout matching.loadUserData system.validateUTF8.fail.persistence "
        "system.validateUTF8.fail.rpcRequest system.validateUTF8.fail.rpcResponse "
        "system.validateUTF8.sample.persistence system.validateUTF8.sample.rpcRequest "
        "system.validateUTF8.sample.rpcResponse"
    ),
    "1.28.0": "history.followReusePolicyAfterConflictPolicyTerminate",
    "1.28.1": "frontend.activityAPIsEnabled history.enableExecuteMultiOperationErrorDebug",
    "1.29.0": (
        "component.scheduler.retryPolicy.initialInterval component.scheduler.retryPolicy.maxInterval "
        "component.scheduler.serviceCallTimeout component.scheduler.tweakables "
        "frontend.reducePollWorkflowRequestPriority history.cacheInitialSize history.cacheMaxSize "
        "history.cacheMaxSizeBytes history.EnableEagerNamespaceRefresher history.enableHostHistoryCache "
        "history.EnableReplicateLocalGeneratedEvents matching.dropNonRetryableTasks "
        "system.shardPerNsRPSWarnPercent system.shardRPSWarnLimit"
    ),
    "1.30.0": (
        "componenet.nexusoperations.limit.operation.timeout.min "
        "component.nexusoperations.endpointNotFoundAlwaysNonRetryable frontend.enableExecuteMultiOperation"
    ),
    "1.31.0": (
        "chasm.callback.request.timeout chasm.callback.retryPolicy.initialInterval "
        "chasm.callback.retryPolicy.maxInterval chasm.scheduler.retryPolicy.initialInterval "
        "chasm.scheduler.retryPolicy.maxInterval chasm.scheduler.serviceCallTimeout "
        "chasm.scheduler.tweakables history.defaultEventEncoding history.enableRequestIdRefLinks "
        "system.enableNexus"
    ),
    "1.32.0": (
        "chasm.callback.allowedAddresses component.callbacks.allowedAddresses "
        "component.nexusoperations.useSystemCallbackURL frontend.pollWaitForNamespaceRateLimitToken "
        "history.enableDeleteWorkflowExecutionReplication history.versionReactivationSignalCacheMaxSize "
        "history.versionReactivationSignalCacheTTL matching.enableMigration nexusoperation.enableChasm "
        "nexusoperation.limit.operation.concurrency nexusoperation.retryPolicy.initialInterval "
        "nexusoperation.retryPolicy.maxInterval system.enableNamespaceHandoverWait "
        "system.maxCHASMCallbacksPerWorkflow"
    ),
}

_GONE = {key.lower(): (key, Number(release)) for release, keys in _DROPPED.items() for key in keys.split()}


def dropped_keys(release: Release, keys: tuple[str, ...]) -> list[str]:
    """Those of the keys that an earlier release had and this one has not, each with what is known of it."""
    told = []
    for written in sorted(keys):
        key, gone = _GONE.get(written.lower(), ("", None))
        if gone is not None and release.version.number >= gone:
            now = f", now {_REPLACED[key]}" if key in _REPLACED else ""
            told.append(f"{key} (gone since {gone}{now})")
    return told
