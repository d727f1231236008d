/*
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.prestosql.querylog;

import io.prestosql.querylog.QueryLogKeys.KeyId;
import io.prestosql.spi.querylog.QueryLogRecord;

import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static javax.crypto.Cipher.DECRYPT_MODE;
import static javax.crypto.Cipher.ENCRYPT_MODE;

/**
 * Encrypts the contents of records with AES-256-GCM. An encrypted content is a version byte, the key's id (4 bytes), a random nonce (12
 * bytes), and the ciphertext with its tag (16 bytes). The version, and the record's kind and key, are authenticated with it, so a content
 * belongs to its record only.
 */
final class QueryLogCipher
{
    private static final byte VERSION = 1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int HEADER_BYTES = 1 + 4 + NONCE_BYTES;

    /**
     * By how many bytes encryption enlarges a content.
     */
    static final int OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;

    private final QueryLogKeys keys;
    private final SecureRandom random = new SecureRandom();
    /** Finding the implementation takes longer than decrypting a record, and a new leader decrypts the records of all queries. */
    private final ThreadLocal<Cipher> ciphers = ThreadLocal.withInitial(QueryLogCipher::createCipher);

    QueryLogCipher(QueryLogKeys keys)
    {
        this.keys = requireNonNull(keys, "keys is null");
    }

    QueryLogRecord encrypt(QueryLogRecord record)
    {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        ByteBuffer content = ByteBuffer.allocate(record.content().length + OVERHEAD_BYTES)
                .put(VERSION)
                .putInt(keys.current().value())
                .put(nonce);
        try {
            Cipher cipher = cipher(ENCRYPT_MODE, keys.key(keys.current()).orElseThrow(), nonce, record);
            cipher.doFinal(ByteBuffer.wrap(record.content()), content);
        }
        catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM, which every JDK has, does not work", e);
        }
        return new QueryLogRecord(record.key(), record.kind(), content.array());
    }

    /**
     * Returns whether the record is encrypted with the key of the current secret.
     *
     * @param record one that can be decrypted
     */
    boolean isCurrent(QueryLogRecord record)
    {
        return ByteBuffer.wrap(record.content()).getInt(1) == keys.current().value();
    }

    /**
     * @throws UndecryptableRecordException when the key that the record was encrypted with is missing, or the record has been changed
     */
    QueryLogRecord decrypt(QueryLogRecord record)
    {
        ByteBuffer content = ByteBuffer.wrap(record.content());
        if (content.remaining() < OVERHEAD_BYTES) {
            throw new UndecryptableRecordException("%s is not encrypted, or damaged: it is too short".formatted(record));
        }
        byte version = content.get();
        if (version != VERSION) {
            throw new UndecryptableRecordException("%s is not encrypted, damaged, or of a newer release: its encryption has version %s".formatted(record, version));
        }
        KeyId id = new KeyId(content.getInt());
        SecretKey key = keys.key(id).orElseThrow(() -> new UndecryptableRecordException(
                "%s is encrypted with the key %s, but only %s are known: add the shared secret from which it was derived to query-log.previous-shared-secrets".formatted(record, id, keys)));
        byte[] nonce = new byte[NONCE_BYTES];
        content.get(nonce);
        try {
            byte[] decrypted = cipher(DECRYPT_MODE, key, nonce, record)
                    .doFinal(record.content(), HEADER_BYTES, record.content().length - HEADER_BYTES);
            return new QueryLogRecord(record.key(), record.kind(), decrypted);
        }
        catch (GeneralSecurityException e) {
            throw new UndecryptableRecordException("%s is damaged, or has been tampered with: it does not match its key %s".formatted(record, id));
        }
    }

    private static Cipher createCipher()
    {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        }
        catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM, which every JDK has, is missing", e);
        }
    }

    private Cipher cipher(int mode, SecretKey key, byte[] nonce, QueryLogRecord record)
            throws GeneralSecurityException
    {
        Cipher cipher = ciphers.get();
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(ByteBuffer.allocate(5).put(VERSION).putInt(record.kind().number()).array());
        cipher.updateAAD(record.key().getBytes(UTF_8));
        return cipher;
    }
}
