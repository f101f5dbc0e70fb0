using GifShare.Fixtures.Clients;

// They measure a process and load the machine: one after another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(FaultReport))]
