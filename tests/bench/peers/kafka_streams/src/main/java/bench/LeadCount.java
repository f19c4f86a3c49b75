package bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Parses a lead, counts the leads of its account, writes the lead with that count.
 *
 * <p>Arguments: bootstrap servers, application id, input topic, output topic, state directory,
 * stream threads, commit interval in milliseconds. Leads arrive keyed by sales organization, so an
 * account's count is within one partition and no repartition topic is needed: the cheapest form of
 * this job.
 */
public final class LeadCount {
  private static final String STORE = "leads-per-account";

  private LeadCount() {}

  public static void main(String[] args) throws InterruptedException {
    KafkaStreams streams = new KafkaStreams(topology(args[2], args[3]), settings(args));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(5))));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          Runtime.getRuntime().halt(1);
          return null;
        });
    streams.start();
    Thread.currentThread().join();
  }

  private static Topology topology(String input, String output) {
    StreamsBuilder builder = new StreamsBuilder();
    // In memory, with changelog (the default) and with the cache that spares changelog records
    // of an account counted twice within a commit:
    // https://kafka.apache.org/41/documentation/streams/developer-guide/memory-mgmt.html
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.Long())
            .withCachingEnabled());
    builder.stream(input, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .processValues(Counter::new, STORE)
        .to(output, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    return builder.build();
  }

  private static Properties settings(String[] args) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[5]);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[6]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // Throughput, as https://docs.confluent.io/cloud/current/client-apps/optimizing/throughput.html
    // advises: larger batches on both sides. linger.ms stays at Streams' own default of 100.
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 200_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), 100_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 4_000);
    return settings;
  }

  private static final class Counter implements FixedKeyProcessor<byte[], byte[], byte[]> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private FixedKeyProcessorContext<byte[], byte[]> context;
    private KeyValueStore<String, Long> counts;

    @Override
    public void init(FixedKeyProcessorContext<byte[], byte[]> context) {
      this.context = context;
      this.counts = context.getStateStore(STORE);
    }

    @Override
    public void process(FixedKeyRecord<byte[], byte[]> lead) {
      try {
        ObjectNode parsed = (ObjectNode) JSON.readTree(lead.value());
        String account = parsed.path("company").path("domain").asText();
        Long before = counts.get(account);
        long now = before == null ? 1 : before + 1;
        counts.put(account, now);
        parsed.put("leads_of_account", now);
        context.forward(lead.withValue(JSON.writeValueAsBytes(parsed)));
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }
}
