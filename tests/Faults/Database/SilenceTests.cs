using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Grains.Database;
using GifShare.Standalone.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GifShare.Faults.Tests.Database;

/// <summary>A frozen server wakes up and does what lies in its sockets. Whoever is let in again must find that done, or never.</summary>
public sealed class SilenceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_given_up_is_done_before_anybody_is_let_in_again_or_never()
    {
        using var folder = TestFolders.Create("silence");
        await using (var server = await ManagedPostgres.StartAsync(folder, new ManagedPostgresOptions { Durable = false }, Cancel))
        {
            await using var postgres = new Grains.Database.Postgres(server.ConnectionString, new PostgresOptions(), TimeProvider.System, NullLogger<SilenceWatch>.Instance);
            await Do("CREATE TABLE written (n int)");
            // It has connections that are open when the silence begins.
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Do("SELECT pg_sleep(0.1)")));
            // From the second round on it has none: those that are opened meanwhile succeed when the server wakes up.
            for (var round = 0; round < FaultScale.Of(2, 8); round++)
            {
                var frozen = Freeze(server);
                try
                {
                    var writes = Enumerable.Range(0, 8).Select(n => Do($"INSERT INTO written SELECT {n} FROM pg_sleep(0.5)")).ToList();
                    foreach (var write in writes)
                        await Assert.ThrowsAsync<StoreUnavailableException>(() => write.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
                    await Assert.ThrowsAsync<StoreUnavailableException>(() => Do("SELECT 1"));
                }
                finally
                {
                    Signals.Send("-CONT", frozen);
                }

                await Eventually.True(async () => await IsBack(), Cancel, TimeSpan.FromSeconds(60));
                var found = await Count();
                // The statements that lay there would take half a second each: were one at work, it would show.
                await Do("SELECT pg_sleep(1.5)");
                Assert.Equal(found, await Count());
            }

            Task Do(string sql) => postgres.Run(async connection =>
            {
                await using var command = new NpgsqlCommand(sql, connection);
                await command.ExecuteNonQueryAsync(Cancel);
            });

            Task<long> Count() => postgres.Run(async connection =>
            {
                await using var command = new NpgsqlCommand("SELECT count(*) FROM written", connection);
                return (long)(await command.ExecuteScalarAsync(Cancel))!;
            });

            async Task<bool> IsBack()
            {
                try
                {
                    await Do("SELECT 1");
                    return true;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            }
        }

        TestFolders.Delete(folder);
    }

    private static int[] Freeze(ManagedPostgres server)
    {
        // The main process first, so that no new ones come.
        Signals.Send("-STOP", server.ServerProcessId!.Value);
        int[] all = [.. ManagedPostgres.ProcessesOf(Path.GetDirectoryName(server.ClusterFolder)!).All];
        Signals.Send("-STOP", all);
        return all;
    }
}
